/// Introspective sort (Musser, "Introspective sorting and selection algorithms", 1997), step for step as the C++
/// standard library of GCC does it: deterministic, not stable.
///
/// `torch.sort` orders equal values on the CPU by it, and EPLB's reference sorts with `torch.sort`: a plan that is to
/// equal the reference in every slot has to leave ties in the same order.
///
/// Compares the upper 32 bits of the keys, ascending; the lower 32 ride along.
///
/// - Complexity: O(n log n).
package enum Introsort {
  package static func sort(_ keys: inout [UInt64]) {
    guard keys.count > 1 else { return }
    let depth = 2 * (Int.bitWidth - 1 - keys.count.leadingZeroBitCount)
    Introsorter.sort(&keys, depthLimit: depth)
  }
}
