/// Loads what the finished sequence that is most like the one under way visited: `sequence-match`.
///
/// A sequence is what its tokens visited so far, layer by layer. It is like another as much as the cosine of the two
/// rows of a layer says, on average over the layers that it has been through. Of an expert `a` layers ahead the match
/// expects the share of its visits in that layer, and the priority is
///
///     (share + 1e-8) · (1 − a / (layers + 1))        linear, MoE-Infinity
///     (share + 1e-8) / a                             inverse, FineMoE
///
/// summed over the sequences of the step. Of a full collection, the one most like a newly finished sequence makes room.
///
/// Sources: MoE-Infinity, arXiv 2401.14361; FineMoE, arXiv 2502.05370, for the second distance.
struct SequenceMatch: Prefetch {
  enum Distance: String, CaseIterable, Sendable { case linear, inverse }

  private let layers: Int
  private let experts: Int
  private let depth: Int
  private let distance: Distance
  private var finished: FinishedSequences
  private var underWay: [UInt32: SequenceUnderWay] = [:]
  /// `[tokens]` of the step.
  private var sequences: [UInt32] = []
  /// `[layers · experts]` shares that the matches expect, over the sequences of the step.
  private(set) var match: [Float]?

  init(layers: Int, experts: Int, depth: Int, capacity: Int, distance: Distance) {
    (self.layers, self.experts, self.depth, self.distance) = (layers, experts, depth, distance)
    finished = FinishedSequences(layers: layers, experts: experts, capacity: capacity)
  }

  mutating func beginStep(sequences: [UInt32]) {
    self.sequences = sequences
    let now = Set(sequences)
    for sequence in underWay.keys.sorted() where !now.contains(sequence) {
      guard let over = underWay.removeValue(forKey: sequence) else { continue }
      let place = finished.add(over)
      for other in underWay.keys { underWay[other]?.compare(with: finished, at: place) }
    }
    for sequence in now where underWay[sequence] == nil {
      underWay[sequence] = SequenceUnderWay(layers: layers, experts: experts, finished: finished)
    }
  }

  mutating func wanted(after layer: ServedLayer) -> [WantedExpert] {
    count(layer)
    var expected = Array(repeating: Float(0), count: layers * experts)
    var isKnown = false
    for sequence in underWay.keys.sorted() {
      guard let nearest = underWay[sequence]?.nearest else { continue }
      isKnown = true
      finished.addShares(at: nearest, to: &expected)
    }
    guard isKnown else { return [] }
    match = expected
    let wanted = (1...depth).flatMap { ahead in
      let start = (layer.need.layer + ahead) % layers * experts
      return (start..<start + experts).map { item in
        (item: item, ahead: ahead, priority: (expected[item] + 1e-8) * nearness(ahead))
      }
    }
    return wanted.sorted { ($1.priority, $0.ahead, $0.item) < ($0.priority, $1.ahead, $1.item) }
      .map { WantedExpert(item: $0.item, ahead: $0.ahead) }
  }

  private func nearness(_ ahead: Int) -> Float {
    switch distance {
    case .linear: 1 - Float(ahead) / Float(layers + 1)
    case .inverse: 1 / Float(ahead)
    }
  }

  /// Takes in a layer's visits, sequence by sequence.
  private mutating func count(_ layer: ServedLayer) {
    var visits: [UInt32: [Float]] = [:]
    for (token, sequence) in sequences.enumerated() {
      let start = layer.visits.startIndex + token * layer.topK
      for expert in layer.visits[start..<start + layer.topK] where Int(expert) < experts {
        visits[sequence, default: Array(repeating: 0, count: experts)][Int(expert)] += 1
      }
    }
    for (sequence, row) in visits { underWay[sequence]?.add(row, layer: layer.need.layer, finished: finished) }
  }
}
