import LoadBalancing

extension LayerReplay {
  /// Fills `traffic` and `slotTokens` with what the step's tokens send.
  func countTokens(of step: StepBatch.Step, layer: Int, placement: LayerPlacement) {
    let visits = step.routing.tokens * setting.topK
    if counter.slotTokens.count != placement.slots {
      counter = TrafficCounter(
        ranks: placement.ranks, ranksPerNode: setting.cluster.ranksPerNode, slotsPerRank: placement.slotsPerRank)
    }
    if slotOfVisit.count < visits { slotOfVisit = Array(repeating: 0, count: visits) }
    step.routing.experts.withUnsafeBufferPointer { experts in
      step.sources(by: setting.sourceAssignment).ranks.withUnsafeBufferPointer { sources in
        slotOfVisit.withUnsafeMutableBufferPointer { slots in
          let slots = UnsafeMutableBufferPointer(rebasing: slots[..<visits])
          dispatch.assign(
            experts: UnsafeBufferPointer(rebasing: experts[layer * visits..<(layer + 1) * visits]),
            topK: setting.topK, sources: sources, placement: placement,
            ranksPerNode: setting.cluster.ranksPerNode, into: slots)
          counter.count(
            slotOfVisit: UnsafeBufferPointer(slots), topK: setting.topK, sources: sources, into: &traffic)
        }
      }
    }
    if slotTokens.count != placement.slots { slotTokens = Array(repeating: 0, count: placement.slots) }
    for slot in slotTokens.indices { slotTokens[slot] = Double(counter.slotTokens[slot]) }
  }
}
