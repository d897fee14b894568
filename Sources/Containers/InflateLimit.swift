/// How much a compressed file may unfold to, so that a small file cannot fill the memory.
///
/// No entry, step or line may inflate to more than 32 MiB or 100 times the stored file, whichever is larger.
package func inflateLimit(compressed bytes: Int) -> Int {
  let (product, overflow) = bytes.multipliedReportingOverflow(by: 100)
  return overflow ? .max : max(32 << 20, product)
}
