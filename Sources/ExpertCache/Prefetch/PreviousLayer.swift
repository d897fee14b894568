/// Loads what was needed most often after what a layer needs now, as many experts as it needs: `previous-layer`.
///
/// For each distance in layers and each expert, how often each expert that many layers on was needed with it, the last
/// steps weighing most. It learns from what is served, so that it knows little at first.
struct PreviousLayer: Prefetch {
  private static let rate: Float = 0.03
  private static let unknown: Float = 0

  private let layers: Int
  private let experts: Int
  private let depth: Int
  /// `[depth][layers · experts][experts]`.
  private var follows: [[Float]]
  /// `[layers]` experts needed last.
  private var last: [[Int]]
  /// `[experts]` 1 for those that the layer needs now, else 0.
  private var isNeeded: [Float]

  init(layers: Int, experts: Int, depth: Int) {
    (self.layers, self.experts, self.depth) = (layers, experts, depth)
    follows = Array(
      repeating: Array(repeating: Self.unknown, count: layers * experts * experts), count: depth)
    last = Array(repeating: [], count: layers)
    isNeeded = Array(repeating: 0, count: experts)
  }

  mutating func wanted(after layer: ServedLayer) -> [WantedExpert] {
    let need = layer.need
    learn(need)
    last[need.layer] = need.experts
    return (1...depth).flatMap { ahead in
      likeliest(after: need, ahead: ahead).map {
        WantedExpert(item: (need.layer + ahead) % layers * experts + $0, ahead: ahead)
      }
    }
  }

  private mutating func learn(_ need: LayerNeed) {
    for expert in need.experts { isNeeded[expert] = 1 }
    for ahead in 1...depth {
      let source = (need.layer - ahead + layers) % layers
      for before in last[source] {
        let row = (source * experts + before) * experts
        for expert in 0..<experts {
          follows[ahead - 1][row + expert] += (isNeeded[expert] - follows[ahead - 1][row + expert]) * Self.rate
        }
      }
    }
    for expert in need.experts { isNeeded[expert] = 0 }
  }

  /// Experts, the likeliest first; none that never followed.
  private func likeliest(after need: LayerNeed, ahead: Int) -> ArraySlice<Int> {
    var scores = Array(repeating: Float(0), count: experts)
    for before in need.experts {
      let row = (need.layer * experts + before) * experts
      for expert in 0..<experts { scores[expert] += follows[ahead - 1][row + expert] }
    }
    return (0..<experts).filter { scores[$0] > 0 }
      .sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(need.experts.count)
  }
}
