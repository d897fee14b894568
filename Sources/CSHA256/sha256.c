#include "sha256.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

bool sha256_has_instructions(void) {
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_SSE4_1) || !(ecx & bit_SSSE3)) return false;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & bit_SHA);
}

/// Four rounds, and the four words of the schedule that come sixteen later. The processor keeps the eight words of the
/// state as A B E F and C D G H.
__attribute__((target("sha,sse4.1,ssse3"), always_inline))
static inline void four_rounds(__m128i *abef, __m128i *cdgh, __m128i words[4], int group, const uint32_t *constants) {
  __m128i *oldest = &words[group & 3];
  __m128i newest = words[(group + 3) & 3];
  __m128i sums = _mm_add_epi32(*oldest, _mm_loadu_si128((const __m128i *)(constants + 4 * group)));
  *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, sums);
  *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(sums, 0x0E));
  __m128i early = _mm_sha256msg1_epu32(*oldest, words[(group + 1) & 3]);
  __m128i middle = _mm_alignr_epi8(newest, words[(group + 2) & 3], 4);
  *oldest = _mm_sha256msg2_epu32(_mm_add_epi32(early, middle), newest);
}

__attribute__((target("sha,sse4.1,ssse3")))
void sha256_compress(uint32_t *state, const uint8_t *bytes, size_t blocks, const uint32_t *constants) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
  __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
  __m128i abef = _mm_alignr_epi8(badc, hgfe, 8);
  __m128i cdgh = _mm_blend_epi16(hgfe, badc, 0xF0);
  for (; blocks > 0; blocks--, bytes += 64) {
    __m128i words[4];
    for (int i = 0; i < 4; i++)
      words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * i)), big_endian);
    __m128i abef_before = abef, cdgh_before = cdgh;
#pragma clang loop unroll(full)
    for (int group = 0; group < 16; group++) four_rounds(&abef, &cdgh, words, group, constants);
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
  __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#else

bool sha256_has_instructions(void) { return false; }

void sha256_compress(uint32_t *state, const uint8_t *bytes, size_t blocks, const uint32_t *constants) {
  __builtin_trap();
}

#endif
