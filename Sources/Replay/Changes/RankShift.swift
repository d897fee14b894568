import LoadBalancing

/// What ranks fetch for one layer when ranks come or go.
///
/// Every rank that will be there fetches the experts that it did not hold: from the nearest rank that holds one and can
/// still give it, of several the one with least to send so far; and from storage what no such rank has.
///
/// Source: Tenplex's rule, arXiv 2312.05181, fetches only what a device lacks, from the nearest holder.
package struct RankShift {
  /// An expert that a rank loads from storage.
  package struct Load: Equatable, Sendable {
    package let layer: Int
    package let expert: Int
    /// Of the cluster.
    package let rank: Int
  }

  /// A layer's placement and the cluster's rank of each of its ranks.
  package struct Layout {
    let placement: LayerPlacement
    let ranks: [Int]

    package init(_ placement: LayerPlacement, on ranks: [Int]) {
      precondition(placement.ranks == ranks.count)
      self.placement = placement
      self.ranks = ranks
    }
  }

  private let ranksPerNode: Int
  /// By rank, experts to send.
  private var sent: [Int: Int] = [:]
  package private(set) var layers: [LayerFetches] = []
  package private(set) var loads: [Load] = []
  /// Experts of a layer that nobody can give, summed over layers.
  package private(set) var lost = 0

  package init(ranksPerNode: Int) { self.ranksPerNode = ranksPerNode }

  /// Takes in the next layer.
  ///
  /// - Parameter givers: ranks of the old layout that can give away what they hold.
  package mutating func add(from old: Layout, to new: Layout, givers: Set<Int>) {
    var holders = Array(repeating: [Int](), count: old.placement.experts)
    for (place, rank) in old.ranks.enumerated() where givers.contains(rank) {
      for expert in Set(old.placement.experts(onRank: place)) { holders[expert].append(rank) }
    }
    lost += holders.count { $0.isEmpty }
    let layer = layers.count
    var fetches: [ExpertFetch] = []
    for (place, rank) in new.ranks.enumerated() {
      var seen = Set<Int>()
      for expert in new.placement.experts(onRank: place) where seen.insert(expert).inserted {
        let all = holders[expert]
        if all.contains(rank) { continue }
        let near = all.filter { $0 / ranksPerNode == rank / ranksPerNode }
        if let sender = (near.isEmpty ? all : near).min(by: { (sent[$0] ?? 0, $0) < (sent[$1] ?? 0, $1) }) {
          sent[sender, default: 0] += 1
          fetches.append(ExpertFetch(expert: expert, sender: sender, receiver: rank))
        } else {
          loads.append(Load(layer: layer, expert: expert, rank: rank))
        }
      }
    }
    layers.append(LayerFetches(layer: layer, fetches: fetches))
  }
}
