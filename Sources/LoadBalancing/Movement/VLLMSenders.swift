/// vLLM's: of an expert's receivers, ascending, the first ⌊receivers / senders⌋ fetch from its first holder, the next as
/// many from the second, and so on; those left over one each from the first holders. Nodes do not matter.
///
/// Source: vllm-project/vllm, vllm/distributed/eplb/rebalance_execute.py.
struct VLLMSenders: SenderRule {
  func fetches(from old: LayerPlacement, to new: LayerPlacement, ranksPerNode: Int) -> [ExpertFetch] {
    let change = LayerChange(from: old, to: new, ranksPerNode: ranksPerNode)
    return fetches(of: change) { expert, receivers in
      let holders = change.holders(of: expert)
      let each = receivers.count / holders.count
      return receivers.indices.map { place in
        place < each * holders.count ? holders[place / each] : holders[place - each * holders.count]
      }
    }
  }
}
