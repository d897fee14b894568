/// Every receiver fetches from a holder on its own node if there is one, else from any: among several from the one that
/// has least to send so far, in this layer and those before.
struct LeastBusySenders: SenderRule {
  /// `[ranks]` experts.
  private var sent: [Int] = []

  mutating func fetches(from old: LayerPlacement, to new: LayerPlacement, ranksPerNode: Int) -> [ExpertFetch] {
    if sent.isEmpty { sent = Array(repeating: 0, count: new.ranks) }
    var fetches: [ExpertFetch] = []
    var lastReceiver = Array(repeating: -1, count: new.experts)
    for receiver in 0..<new.ranks {
      for expert in new.experts(onRank: receiver) where lastReceiver[expert] != receiver {
        lastReceiver[expert] = receiver
        guard let sender = sender(of: expert, to: receiver, old, ranksPerNode: ranksPerNode) else { continue }
        sent[sender] += 1
        fetches.append(ExpertFetch(expert: expert, sender: sender, receiver: receiver))
      }
    }
    return fetches
  }

  /// Nil where the receiver holds the expert.
  private func sender(of expert: Int, to receiver: Int, _ old: LayerPlacement, ranksPerNode: Int) -> Int? {
    let slotsPerRank = old.slotsPerRank
    let node = receiver / ranksPerNode
    var (near, any): (Int?, Int?)
    for slot in old.slots(ofExpert: expert) {
      let rank = slot / slotsPerRank
      if rank == receiver { return nil }
      any = lessBusy(any, rank)
      if rank / ranksPerNode == node { near = lessBusy(near, rank) }
    }
    return near ?? any
  }

  /// The one that has less to send, the lower one among equals.
  private func lessBusy(_ best: Int?, _ rank: Int) -> Int {
    guard let best, (sent[best], best) <= (sent[rank], rank) else { return rank }
    return best
  }
}
