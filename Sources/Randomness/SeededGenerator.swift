/// The one source of chance in the project: xoshiro256** 1.0 by Blackman and Vigna
/// ("Scrambled linear pseudorandom number generators", 2021), seeded by SplitMix64.
///
/// The same seed gives the same sequence on every platform and in every version of the project, and so does everything
/// that is drawn from it here. It is no `RandomNumberGenerator`, so that nothing is drawn by the standard library, whose
/// ways may change between versions of Swift.
public struct SeededGenerator: Equatable, Sendable {
  @usableFromInline
  var state: (UInt64, UInt64, UInt64, UInt64)

  public init(seed: UInt64) {
    var splitMix = seed
    func next() -> UInt64 {
      splitMix &+= 0x9E37_79B9_7F4A_7C15
      var z = splitMix
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    state = (next(), next(), next(), next())
  }

  /// An independent stream for part `stream` of a run with this seed, so that parts can be drawn in any order.
  public init(seed: UInt64, stream: UInt64) {
    var mixed = SeededGenerator(seed: stream ^ 0x6A09_E667_F3BC_C909)
    self.init(seed: seed ^ mixed.next())
  }

  // Drawn from in the innermost loops of other rooms.
  @inlinable
  @inline(__always)
  public mutating func next() -> UInt64 {
    let multiplied = state.1 &* 5
    let result = ((multiplied << 7) | (multiplied >> 57)) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = (state.3 << 45) | (state.3 >> 19)
    return result
  }

  /// Uniform in [0, 1), from the top 53 bits.
  @inlinable
  @inline(__always)
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in 0 ..< bound, without bias (Lemire, "Fast random integer generation in an interval", 2019).
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0)
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  public static func == (one: SeededGenerator, other: SeededGenerator) -> Bool { one.state == other.state }
}
