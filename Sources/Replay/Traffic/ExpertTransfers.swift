import LoadBalancing

/// The expert weights that must cross between ranks before a new placement is in force.
///
/// A rank that held an expert in any slot of the old placement has it already. Every other one fetches it from the rank
/// that a `SenderRule` names.
package struct ExpertTransfers {
  /// `[layers]` fetches of each, by receiver and slot.
  package private(set) var layers: [[ExpertFetch]] = []
  /// Experts fetched, summed over layers and ranks.
  package var count: Int { layers.reduce(0) { $0 + $1.count } }
  /// `[layers]` experts fetched, summed over ranks.
  package var countPerLayer: [Int] { layers.map(\.count) }
  /// `[ranks][ranks]` experts sent, row = sender.
  package var experts: [Double] { layers.joined().matrix(ranks: ranks) }
  /// Experts that arrive at the rank with the most of them.
  package var mostPerRank: Double {
    let experts = experts
    return (0..<ranks).map { rank in
      stride(from: rank, to: experts.count, by: ranks).reduce(0) { $0 + experts[$1] }
    }.max() ?? 0
  }

  private let ranks: Int
  private let ranksPerNode: Int
  private var senders: any SenderRule

  /// Of no layers yet.
  package init(ranks: Int, ranksPerNode: Int, rule: MigrationRule = .blocking) {
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    senders = rule.makeSenders()
  }

  package init(from old: Placement, to new: Placement, ranksPerNode: Int) {
    self.init(ranks: new.ranks, ranksPerNode: ranksPerNode)
    for (oldLayer, newLayer) in zip(old.layers, new.layers) { add(from: oldLayer, to: newLayer) }
  }

  /// Takes in the next layer.
  ///
  /// - Returns: its fetches, by receiver and slot.
  @discardableResult
  package mutating func add(from old: LayerPlacement, to new: LayerPlacement) -> [ExpertFetch] {
    let fetches = senders.fetches(from: old, to: new, ranksPerNode: ranksPerNode)
    layers.append(fetches)
    return fetches
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
