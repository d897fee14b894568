/// Sorts non-negative integers without a comparison that could be guessed wrong: three passes over the 24 highest bits
/// in use, least significant digit first, and insertion for what differs below them.
///
/// - Complexity: O(n); O(n²) when most keys are less than 2^-24 of the largest, and differ.
struct RadixSort {
  static let digits = 256
  var other: [Int] = []
  var starts = Array(repeating: 0, count: 3 * digits)

  mutating func sort(_ keys: inout [Int]) {
    let bits = Int.bitWidth - (keys.max() ?? 0).leadingZeroBitCount
    other.refill(0, count: keys.count)
    sort(&keys, shift: max(0, bits - 24))
    swap(&keys, &other)
  }
}
