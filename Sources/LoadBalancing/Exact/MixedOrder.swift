/// The order in which a source's visits of an expert go to the expert's parts, so that neighbouring tokens go to different
/// ones: visit i takes place (i · stride + offset) mod n, with the least stride above n / 2 that has no divisor in common
/// with n.
///
/// The offset depends on the source; UltraEP's reroute.cu (94cab099) is the source of the rule, the offset is ours: the
/// rank's number.
struct MixedOrder {
  /// n, the source's visits of the expert; 0 where nobody has looked.
  private(set) var count = 0
  /// Below n, or n where that is 1.
  private var stride = 0
  private var place = 0

  /// The order of nothing.
  init() {}

  /// - Parameter count: above 0.
  init(count: Int, source: Int) {
    self.count = count
    // ⌊n / 2⌋ + 1 has a divisor in common with n where n is twice an odd number, namely 2; the next number has none.
    stride = count / 2 + (count % 4 == 2 ? 2 : 1)
    if stride > count { stride -= count }
    place = source % count
  }

  /// One after another.
  ///
  /// - Parameter count: above 0.
  init(consecutive count: Int) {
    self.count = count
    stride = 1
  }

  /// The place of the next visit.
  @inline(__always)
  mutating func next() -> Int {
    let next = place
    place &+= stride
    if place >= count { place &-= count }
    return next
  }
}
