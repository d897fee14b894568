/// How uneven the sources of some steps' tokens are: the busiest over the mean, on average over tokens.
package struct SourceSpread: Sendable {
  private let ranksPerNode: Int
  private var perSource: [Int]
  private var perRelay: [Int]
  private var tokens = 0
  private var busiestSource = 0
  private var busiestRelay = 0

  package init(ranks: Int, ranksPerNode: Int) {
    self.ranksPerNode = ranksPerNode
    perSource = Array(repeating: 0, count: ranks)
    perRelay = Array(repeating: 0, count: ranksPerNode)
  }

  /// - Parameter sources: ranks of a step's tokens; empty when they are not known.
  package mutating func add(_ sources: [UInt32]) {
    for rank in perSource.indices { perSource[rank] = 0 }
    for index in perRelay.indices { perRelay[index] = 0 }
    for source in sources {
      perSource[Int(source)] += 1
      perRelay[Int(source) % ranksPerNode] += 1
    }
    tokens += sources.count
    busiestSource += perSource.max() ?? 0
    busiestRelay += perRelay.max() ?? 0
  }

  /// The busiest rank; 1 when sources are even, or not known.
  package var source: Double { spread(busiestSource, of: perSource.count) }
  /// The busiest local index, over all nodes.
  package var relay: Double { spread(busiestRelay, of: perRelay.count) }

  private func spread(_ busiest: Int, of places: Int) -> Double {
    tokens > 0 ? Double(busiest * places) / Double(tokens) : 1
  }
}
