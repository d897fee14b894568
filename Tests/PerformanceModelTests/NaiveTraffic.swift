import PerformanceModel
import Randomness

/// A batch of tokens, each with its source and the ranks of its experts: the slow truth behind `Traffic`.
struct TokenList {
  var ranks: Int
  var ranksPerNode: Int
  /// `[tokens]`.
  var sources: [Int]
  /// `[tokens][topK]`.
  var destinations: [[Int]]

  static func random(ranks: Int, ranksPerNode: Int, tokens: Int, topK: Int, seed: UInt64) -> TokenList {
    var generator = SeededGenerator(seed: seed)
    var list = TokenList(ranks: ranks, ranksPerNode: ranksPerNode, sources: [], destinations: [])
    for _ in 0..<tokens {
      list.sources.append(generator.below(ranks))
      // Squaring skews the load towards the low ranks.
      list.destinations.append(
        (0..<topK).map { _ in
          let draw = generator.unit()
          return min(ranks - 1, Int(draw * draw * Double(ranks)))
        })
    }
    return list
  }

  var traffic: Traffic {
    var traffic = Traffic(ranks: ranks, ranksPerNode: ranksPerNode)
    for (source, destinations) in zip(sources, destinations) {
      for rank in destinations { traffic.visits[source * ranks + rank] += 1 }
      for rank in Set(destinations) { traffic.rankCopies[source * ranks + rank] += 1 }
      for node in Set(destinations.map { $0 / ranksPerNode }) {
        traffic.nodeCopies[source * traffic.nodes + node] += 1
      }
    }
    return traffic
  }

  /// Every copy's hop: sender, receiver.
  func hops(_ copies: Copies) -> [(from: Int, to: Int)] {
    var hops: [(from: Int, to: Int)] = []
    for (source, destinations) in zip(sources, destinations) {
      guard copies == .dedup else {
        let isNear = { (rank: Int) in copies == .mixed && rank / ranksPerNode == source / ranksPerNode }
        let near = Set(destinations.filter(isNear))
        let far = destinations.filter { !isNear($0) }
        hops += (Array(near) + far).filter { $0 != source }.map { (source, $0) }
        continue
      }
      for node in Set(destinations.map { $0 / ranksPerNode }) {
        let relay = node == source / ranksPerNode ? source : node * ranksPerNode + source % ranksPerNode
        if relay != source { hops.append((source, relay)) }
        for rank in Set(destinations) where rank / ranksPerNode == node && rank != relay { hops.append((relay, rank)) }
      }
    }
    return hops
  }
}
