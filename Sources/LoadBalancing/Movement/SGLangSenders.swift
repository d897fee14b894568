/// SGLang's: receivers on a node with holders share those, in runs as equal as can be, longer ones first; receivers on
/// nodes without share all holders likewise.
///
/// Source: sgl-project/sglang, python/sglang/srt/eplb/expert_location_updater.py at 06120cc8.
struct SGLangSenders: SenderRule {
  func fetches(from old: LayerPlacement, to new: LayerPlacement, ranksPerNode: Int) -> [ExpertFetch] {
    let change = LayerChange(from: old, to: new, ranksPerNode: ranksPerNode)
    return fetches(of: change) { expert, receivers in
      let holders = change.holders(of: expert)
      let holdersOfNode = Dictionary(grouping: holders, by: change.node(of:))
      var senderOf: [Int: Int] = [:]
      // Key −1: nodes without a holder.
      let groups = Dictionary(grouping: receivers) { receiver in
        let node = change.node(of: receiver)
        return holdersOfNode[node] == nil ? -1 : node
      }
      for (node, group) in groups { Self.share(group, among: holdersOfNode[node] ?? holders, into: &senderOf) }
      return receivers.map { senderOf[$0, default: holders[0]] }
    }
  }

  private static func share(_ receivers: [Int], among senders: [Int], into senderOf: inout [Int: Int]) {
    let (each, longer) = receivers.count.quotientAndRemainder(dividingBy: senders.count)
    var rest = receivers[...]
    for (place, sender) in senders.enumerated() {
      for receiver in rest.prefix(each + (place < longer ? 1 : 0)) { senderOf[receiver] = sender }
      rest = rest.dropFirst(each + (place < longer ? 1 : 0))
    }
  }
}
