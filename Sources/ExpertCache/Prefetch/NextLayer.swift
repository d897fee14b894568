import Randomness

/// Loads what the layers to come do need, each expert with a stated probability, else another in its place: `next-layer`,
/// a yardstick.
///
/// Predictors on hidden states, which no trace holds, come to this: the next gate applied early (Mixtral-offloading,
/// arXiv 2312.17238), Pre-gated MoE (arXiv 2308.12066), ProMoE (arXiv 2410.22134). Their accuracy is an input.
struct NextLayer: Prefetch {
  private let layers: Int
  private let experts: Int
  private let depth: Int
  private let accuracy: Double
  private var future: FutureUses.Cursor
  private var random: SeededGenerator
  private var step = -1

  init(_ future: FutureUses, depth: Int, accuracy: Double, seed: UInt64) {
    (layers, experts) = (future.layers, future.experts)
    (self.depth, self.accuracy) = (depth, accuracy)
    self.future = FutureUses.Cursor(future)
    random = SeededGenerator(seed: seed)
  }

  mutating func beginStep(sequences: [UInt32]) { step += 1 }

  mutating func wanted(after layer: ServedLayer) -> [WantedExpert] {
    (1...depth).flatMap { ahead in
      let next = layer.need.layer + ahead
      return predicted(next % layers, in: step + next / layers).map { WantedExpert(item: $0, ahead: ahead) }
    }
  }

  private mutating func predicted(_ layer: Int, in step: Int) -> [Int] {
    let items = layer * experts..<(layer + 1) * experts
    let isNeeded = items.map { future.next($0, from: step) == step }
    let idle = items.filter { !isNeeded[$0 - items.lowerBound] }
    return items.filter { isNeeded[$0 - items.lowerBound] }.map { item in
      guard !idle.isEmpty, random.unit() >= accuracy else { return item }
      return idle[random.below(idle.count)]
    }
  }
}
