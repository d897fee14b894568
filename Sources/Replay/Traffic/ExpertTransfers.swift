import LoadBalancing

/// The expert weights that must cross between ranks before a new placement is in force.
///
/// A rank that held an expert in any slot of the old placement has it already. Every other one fetches it from the
/// holder on its own node if there is one, else from any; among several from the one that has least to send so far.
package struct ExpertTransfers {
  /// One expert that crosses.
  package struct Fetch: Equatable, Sendable {
    package let sender: Int
    package let receiver: Int
  }

  /// Experts fetched, summed over layers and ranks.
  package var count: Int { countPerLayer.reduce(0, +) }
  /// `[layers]` experts fetched, summed over ranks.
  package private(set) var countPerLayer: [Int] = []
  /// `[ranks][ranks]` experts sent, row = sender.
  package private(set) var experts: [Double]
  /// Experts that arrive at the rank with the most of them.
  package var mostPerRank: Double {
    (0..<ranks).map { rank in stride(from: rank, to: experts.count, by: ranks).reduce(0) { $0 + experts[$1] } }.max()
      ?? 0
  }

  private let ranks: Int
  private let ranksPerNode: Int
  private var sent: [Int]

  /// Of no layers yet.
  package init(ranks: Int, ranksPerNode: Int) {
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    experts = Array(repeating: 0, count: ranks * ranks)
    sent = Array(repeating: 0, count: ranks)
  }

  package init(from old: Placement, to new: Placement, ranksPerNode: Int) {
    self.init(ranks: new.ranks, ranksPerNode: ranksPerNode)
    for (oldLayer, newLayer) in zip(old.layers, new.layers) { add(from: oldLayer, to: newLayer) }
  }

  /// Takes in the next layer.
  ///
  /// - Returns: its fetches, by receiver and slot.
  @discardableResult
  package mutating func add(from old: LayerPlacement, to new: LayerPlacement) -> [Fetch] {
    var fetches: [Fetch] = []
    for receiver in 0..<ranks {
      let slots = receiver * new.slotsPerRank..<(receiver + 1) * new.slotsPerRank
      var seen = Set<Int>()
      for expert in new.physicalToLogical[slots] where seen.insert(expert).inserted {
        let holders = old.slots(ofExpert: expert).map(old.rank(ofSlot:))
        if holders.contains(receiver) { continue }
        let neighbours = holders.filter { $0 / ranksPerNode == receiver / ranksPerNode }
        let candidates = neighbours.isEmpty ? holders : neighbours
        guard let sender = candidates.min(by: { (sent[$0], $0) < (sent[$1], $1) }) else { continue }
        sent[sender] += 1
        experts[sender * ranks + receiver] += 1
        fetches.append(Fetch(sender: sender, receiver: receiver))
      }
    }
    countPerLayer.append(fetches.count)
    return fetches
  }
}
