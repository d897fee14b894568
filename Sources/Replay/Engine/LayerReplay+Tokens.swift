import LoadBalancing

extension LayerReplay {
  /// Fills `traffic` and `slotTokens` with what the step's tokens send.
  func countTokens(of step: StepBatch.Step, in context: DispatchContext) {
    let (placement, layer) = (context.placement, context.layer)
    let visits = step.routing.tokens * setting.topK
    let ids = alive.isWhole ? nil : alive.ids
    if counter.slotTokens.count != placement.slots || counter.alive != ids {
      counter = TrafficCounter(
        ranks: alive.all, ranksPerNode: setting.cluster.ranksPerNode, slotsPerRank: placement.slotsPerRank,
        alive: ids)
    }
    let sources = alive.starts(step.sources(by: setting.sourceAssignment).ranks)
    slotOfVisit.removeLast(max(0, slotOfVisit.count - visits))
    slotOfVisit += repeatElement(0, count: visits - slotOfVisit.count)
    var slots = slotOfVisit.mutableSpan
    dispatch.assign(
      experts: step.routing.experts.span.extracting(layer * visits..<(layer + 1) * visits),
      sources: sources.span, in: context, into: &slots)
    let senders = alive.ranks(at: sources)
    counter.count(slotOfVisit: slotOfVisit.span, topK: setting.topK, sources: senders.span, into: &traffic)
    if slotTokens.count != placement.slots { slotTokens = Array(repeating: 0, count: placement.slots) }
    for slot in slotTokens.indices { slotTokens[slot] = Double(counter.slotTokens[slot]) }
    shared?.count(slotOfVisit: slotOfVisit, slotsPerRank: placement.slotsPerRank, sources: sources, into: &traffic)
  }
}
