/// The order in which a source's visits of an expert go to the expert's parts, so that neighbouring tokens go to different
/// ones: visit i takes place (i · stride + offset) mod n, with the least stride above n / 2 that has no divisor in common
/// with n.
///
/// The offset depends on the source; UltraEP's reroute.cu (94cab099) is the source of the rule, the offset is ours: the
/// rank's number.
struct MixedOrder {
  private let count: Int
  private let stride: Int
  private var place: Int

  /// - Parameters:
  ///   - count: n, the source's visits of the expert.
  init(count: Int, source: Int) {
    self.count = count
    var stride = count / 2 + 1
    while Self.divisor(stride, count) > 1 { stride += 1 }
    self.stride = stride
    place = count > 0 ? source % count : 0
  }

  /// The place of the next visit.
  mutating func next() -> Int {
    defer { place = (place + stride) % count }
    return place
  }

  private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
}
