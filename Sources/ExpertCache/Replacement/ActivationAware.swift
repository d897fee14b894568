/// Evicts the least of (share of its layer's visits in this sequence + 0.001) · (1 − layer / layers); of equals, the
/// lowest layer, then the lowest expert: `activation-aware`.
///
/// Where a step serves several sequences, those that are under way count as one: the counts begin anew with a step none
/// of whose tokens follows one of the step before.
///
/// Source: MoE-Infinity, arXiv 2401.14361.
struct ActivationAware: Replacement {
  private let layers: Int
  private let experts: Int
  /// `[items]` and `[layers]` visits in this sequence.
  private var visits: [Int]
  private var ofLayer: [Int]

  init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
    visits = Array(repeating: 0, count: layers * experts)
    ofLayer = Array(repeating: 0, count: layers)
  }

  func victim(among residents: inout Residents, for item: Int) -> Int? {
    residents.first(for: item, by: { Pair(visits[$0], $0) }, over: { Pair(worth(of: $0), $0) })
  }

  private func worth(of item: Int) -> Double {
    let layer = item / experts
    let share = Double(visits[item]) / Double(max(1, ofLayer[layer]))
    return (share + 0.001) * (1 - Double(layer) / Double(layers))
  }

  mutating func touch(_ items: [Int], of need: LayerNeed) {
    for (item, count) in zip(items, need.visits) {
      visits[item] += count
      ofLayer[need.layer] += count
    }
  }

  mutating func beginStep(isNewSequence: Bool) {
    guard isNewSequence else { return }
    for item in visits.indices { visits[item] = 0 }
    for layer in ofLayer.indices { ofLayer[layer] = 0 }
  }
}
