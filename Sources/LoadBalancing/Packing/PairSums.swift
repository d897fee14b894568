import Foundation

/// The experts of ranks, or of nodes: their moments, and what every expert has in common with each place.
///
/// The loops are in `PairSums+Hot.swift`.
struct PairSums {
  private(set) var moments: [PairedExperts.Moments]
  /// `[places]` exp(logNone).
  private(set) var none: [Double] = []
  /// `[places][experts]` sums of `together` and `logCorrection` over the place's experts.
  var together: [Float]
  var correction: [Float]
  let experts: Int

  /// - Parameter placeOf: `[experts]`.
  init(_ paired: PairedExperts, places: Int, placeOf: [Int]) {
    experts = paired.experts
    moments = Array(repeating: PairedExperts.Moments(), count: places)
    together = Array(repeating: 0, count: places * experts)
    correction = together
    for expert in 0..<experts {
      let home = placeOf[expert]
      moments[home].chosen += paired.share[expert]
      moments[home].logNone += paired.logAvoided[expert]
      add(expert, at: home, paired)
    }
    for expert in 0..<experts {
      let home = placeOf[expert]
      moments[home].pairs += Double(together[home * experts + expert]) / 2
      moments[home].logNone += Double(correction[home * experts + expert]) / 2
    }
    none = moments.map { exp($0.logNone) }
  }

  /// What two places have after `expert` of the first and `other` of the second have changed places.
  @inline(__always)
  func exchanged(
    _ expert: Int, at a: Int, _ other: Int, at b: Int, _ paired: PairedExperts
  ) -> (PairedExperts.Moments, PairedExperts.Moments) {
    let pair = expert * experts + other
    func replaced(_ out: Int, by into: Int, at place: Int) -> PairedExperts.Moments {
      let (leaving, entering) = (place * experts + out, place * experts + into)
      var moments = moments[place]
      moments.chosen += paired.share[into] - paired.share[out]
      moments.pairs += Double(together[entering] - paired.together[pair] - together[leaving])
      moments.logNone += paired.logAvoided[into] - paired.logAvoided[out]
      moments.logNone += Double(correction[entering] - paired.logCorrection[pair] - correction[leaving])
      return moments
    }
    return (replaced(expert, by: other, at: a), replaced(other, by: expert, at: b))
  }

  mutating func exchange(
    _ expert: Int, at a: Int, _ other: Int, at b: Int,
    _ after: (PairedExperts.Moments, PairedExperts.Moments), _ paired: PairedExperts
  ) {
    moments[a] = after.0
    moments[b] = after.1
    none[a] = exp(after.0.logNone)
    none[b] = exp(after.1.logNone)
    exchange(expert, at: a, other, at: b, paired)
  }
}
