#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this processor has instructions for SHA-256 that `sha256_compress` uses: those of x86.
bool sha256_has_instructions(void);

/// Takes `blocks` blocks of 64 bytes into `state` of eight words (FIPS 180-4, 6.2.2), by the processor's instructions,
/// which it has to have.
void sha256_compress(uint32_t *state, const uint8_t *bytes, size_t blocks, const uint32_t *constants);
