/// vllm-ascend's: all receivers of an expert fetch from one rank, the lowest that gives it up, or if none does the
/// lowest that has it.
///
/// Source: vllm-project/vllm-ascend, vllm_ascend/eplb.
struct AscendSenders: SenderRule {
  func fetches(from old: LayerPlacement, to new: LayerPlacement, ranksPerNode: Int) -> [ExpertFetch] {
    let change = LayerChange(from: old, to: new, ranksPerNode: ranksPerNode)
    return fetches(of: change) { expert, receivers in
      let holders = change.holders(of: expert)
      let sender = holders.first { !change.after[$0].contains(expert) } ?? holders[0]
      return receivers.map { _ in sender }
    }
  }
}
