/// Every receiver fetches from a holder on its own node if there is one, else from any: among several from the one that
/// has least to send so far, in this layer and those before.
struct LeastBusySenders: SenderRule {
  /// `[ranks]` experts.
  private var sent: [Int] = []

  mutating func fetches(from old: LayerPlacement, to new: LayerPlacement, ranksPerNode: Int) -> [ExpertFetch] {
    if sent.isEmpty { sent = Array(repeating: 0, count: new.ranks) }
    var fetches: [ExpertFetch] = []
    for receiver in 0..<new.ranks {
      var seen = Set<Int>()
      for expert in new.experts(onRank: receiver) where seen.insert(expert).inserted {
        let holders = old.slots(ofExpert: expert).map(old.rank(ofSlot:))
        if holders.contains(receiver) { continue }
        let neighbours = holders.filter { $0 / ranksPerNode == receiver / ranksPerNode }
        let candidates = neighbours.isEmpty ? holders : neighbours
        guard let sender = candidates.min(by: { (sent[$0], $0) < (sent[$1], $1) }) else { continue }
        sent[sender] += 1
        fetches.append(ExpertFetch(expert: expert, sender: sender, receiver: receiver))
      }
    }
    return fetches
  }
}
