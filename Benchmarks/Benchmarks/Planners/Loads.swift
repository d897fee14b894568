import ExpertReplay
import Foundation

/// A fixed linear congruential sequence.
struct Sequence64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 11
  }

  /// Above 0, up to 1.
  mutating func unit() -> Double { (Double(next()) + 1) / 0x1p53 }
}

/// Log-normal load with a median of 1000 tokens.
func logNormal(layers: Int, experts: Int, deviation: Double) -> ExpertLoad {
  var sequence = Sequence64(seed: 88_172_645_463_325_252)
  let values = (0..<layers * experts).map { _ in
    let normal = (-2 * log(sequence.unit())).squareRoot() * cos(2 * .pi * sequence.unit())
    return (1000 * exp(deviation * normal)).rounded()
  }
  return ExpertLoad(layers: layers, experts: experts, values: values)
}

/// What one layer of one step routes: tokens of 64 ranks draw 8 different experts by the load.
struct Visits: Sendable {
  private(set) var experts: [UInt16] = []
  private(set) var sources: [UInt32] = []

  init(tokens: Int, load: ExpertLoad) {
    var sequence = Sequence64(seed: 1)
    var below: [Double] = []
    for tokens in load.values { below.append((below.last ?? 0) + tokens) }
    let total = below.last ?? 0
    for token in 0..<tokens {
      var chosen: Set<UInt16> = []
      while chosen.count < 8 {
        let ticket = sequence.unit() * total
        chosen.insert(UInt16(below.firstIndex { $0 >= ticket } ?? below.count - 1))
      }
      experts += chosen.sorted()
      sources.append(UInt32(token % 64))
    }
  }
}
