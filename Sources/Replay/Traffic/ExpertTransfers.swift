import LoadBalancing

/// What ranks fetch for a layer.
package struct LayerFetches {
  /// By its index in the trace.
  package let layer: Int
  /// By receiver and slot.
  package let fetches: [ExpertFetch]

  package init(layer: Int, fetches: [ExpertFetch]) {
    self.layer = layer
    self.fetches = fetches
  }
}

/// The expert weights that must cross between ranks before a new placement is in force.
///
/// A rank that held an expert in any slot of the old placement has it already. Every other one fetches it from the rank
/// that a `SenderRule` names.
package struct ExpertTransfers {
  /// In the order in which they were taken in.
  package private(set) var layers: [LayerFetches] = []
  /// Experts fetched, summed over layers and ranks.
  package var count: Int { layers.reduce(0) { $0 + $1.fetches.count } }
  /// `[layers]` experts fetched, summed over ranks.
  package var countPerLayer: [Int] { layers.map(\.fetches.count) }
  /// `[ranks][ranks]` experts sent, row = sender.
  package var experts: [Double] { layers.flatMap(\.fetches).matrix(ranks: ranks) }
  /// Experts that arrive at the rank with the most of them.
  package var mostPerRank: Double {
    let experts = experts
    return (0..<ranks).map { rank in
      stride(from: rank, to: experts.count, by: ranks).reduce(0) { $0 + experts[$1] }
    }.max() ?? 0
  }

  private let ranks: Int
  private let alive: AliveRanks
  private var senders: any SenderRule

  /// Of no layers yet.
  package init(ranks: Int, ranksPerNode: Int, rule: MigrationRule = .blocking) {
    self.init(AliveRanks(all: ranks, ranksPerNode: ranksPerNode), rule: rule)
  }

  /// Of no layers yet; placements are of the ranks alive.
  init(_ alive: AliveRanks, rule: MigrationRule) {
    ranks = alive.all
    self.alive = alive
    senders = rule.makeSenders()
  }

  package init(from old: Placement, to new: Placement, ranksPerNode: Int) {
    self.init(ranks: new.ranks, ranksPerNode: ranksPerNode)
    for (oldLayer, newLayer) in zip(old.layers, new.layers) { add(from: oldLayer, to: newLayer) }
  }

  /// Takes in a layer.
  ///
  /// - Parameter layer: by its index in the trace; the one after those taken in when nil.
  @discardableResult
  package mutating func add(
    _ layer: Int? = nil, from old: LayerPlacement, to new: LayerPlacement
  ) -> LayerFetches {
    let fetches = alive.ranks(of: senders.fetches(from: old, to: new, ranksPerNode: alive.ranksPerNode))
    let added = LayerFetches(layer: layer ?? layers.count, fetches: fetches)
    layers.append(added)
    return added
  }
}

extension Sequence<ExpertFetch> {
  /// `[ranks][ranks]` experts sent, row = sender.
  func matrix(ranks: Int) -> [Double] {
    var experts = Array(repeating: 0.0, count: ranks * ranks)
    for fetch in self { experts[fetch.sender * ranks + fetch.receiver] += 1 }
    return experts
  }
}
