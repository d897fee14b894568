import Randomness

/// The experts of one layer that each vocabulary id prefers, as many as a token chooses.
///
/// They are drawn by the popularity with a generator of the id's own, so that they need not be stored. Frequent ids would
/// make their few experts popular beyond that, so the `stored` most frequent ones are dealt theirs one after the other,
/// from what those before them left of the popularity.
struct TokenPreferences {
  /// Ids whose preferences are dealt and kept, 2 bytes for each of their experts.
  static let stored = 1024
  /// Share of all tokens that is dealt from the same remainder.
  private static let deal = 1.0 / 128

  let topK: Int
  let seed: UInt64
  /// `[ids][topK]` of the most frequent ids.
  private(set) var frequent: [UInt16] = []
  /// What the frequent ids left.
  private(set) var rest: LayerSampler
  /// `[experts]` the part of all tokens that choose the expert for their ids' sake.
  let kept: [Double]

  /// - Parameters:
  ///   - load: `[experts]` shares of the layer's load.
  ///   - seed: of the layer, the same in every epoch.
  init(load: [Double], topK: Int, groups: GroupLimit?, vocabulary: TokenVocabulary, seed: UInt64) {
    self.topK = topK
    self.seed = seed
    let total = load.reduce(0, +)
    let wanted = load.map { $0 / total * Double(topK) }
    // A little is left of every expert, or the last id might find nothing.
    func left(by given: [Double]) -> [Double] { zip(wanted, given).map { max($0 - $1, $0 * 1e-3) } }
    func sampler(without given: [Double]) -> LayerSampler {
      var generator = SeededGenerator(seed: seed)
      return LayerSampler(
        weights: left(by: given), isLoad: true, topK: topK, correlation: RoutingCorrelation(), groups: groups,
        generator: &generator)
    }
    var given = load.map { _ in 0.0 }
    var (dealt, dealtBefore) = (0.0, 0.0)
    rest = sampler(without: given)
    frequent.reserveCapacity(min(Self.stored, vocabulary.size) * topK)
    for id in 0..<min(Self.stored, vocabulary.size) {
      if dealt - dealtBefore > Self.deal {
        rest = sampler(without: given)
        dealtBefore = dealt
      }
      let probability = vocabulary.probability(of: id)
      for expert in Self.draw(UInt32(id), rest, topK: topK, seed: seed) {
        given[Int(expert)] += probability
        frequent.append(expert)
      }
      dealt += probability
    }
    rest = sampler(without: given)
    let others = left(by: given)
    let scale = (1 - dealt) * Double(topK) / others.reduce(0, +)
    kept = zip(given, others).map { ($0 + $1 * scale) * vocabulary.strength }
  }
}
