import LoadBalancing

extension LayerReplay {
  /// Fills `traffic` and `slotTokens` with what the step's tokens send.
  func countTokens(of step: StepBatch.Step, in context: DispatchContext) {
    if step.routing.hasDropped { return countKeptTokens(of: step, in: context) }
    let (placement, layer) = (context.placement, context.layer)
    let visits = step.routing.tokens * setting.topK
    let sources = prepare(visits: visits, of: step, for: placement)
    var slots = slotOfVisit.mutableSpan
    dispatch.assign(
      experts: step.routing.experts.span.extracting(layer * visits..<(layer + 1) * visits),
      sources: sources.span, in: context, into: &slots)
    let senders = alive.ranks(at: sources)
    counter.count(slotOfVisit: slotOfVisit.span, topK: setting.topK, sources: senders.span, into: &traffic)
    finish(placement, sources: sources, starts: nil)
  }

  /// The same of a step with dropped visits, which are taken out before a rule chooses.
  private func countKeptTokens(of step: StepBatch.Step, in context: DispatchContext) {
    var context = context
    kept.take(step.routing, layer: context.layer, topK: setting.topK)
    context.starts = kept.starts
    let sources = prepare(visits: kept.experts.count, of: step, for: context.placement)
    var slots = slotOfVisit.mutableSpan
    dispatch.assign(experts: kept.experts.span, sources: sources.span, in: context, into: &slots)
    counter.count(
      slotOfVisit: slotOfVisit, starts: kept.starts, sources: alive.ranks(at: sources), into: &traffic)
    finish(context.placement, sources: sources, starts: kept.starts)
  }

  /// Room for the slots of so many visits.
  ///
  /// - Returns: `[tokens]` place among the ranks alive of the rank that each starts on.
  private func prepare(visits: Int, of step: StepBatch.Step, for placement: LayerPlacement) -> [UInt32] {
    let ids = alive.isWhole ? nil : alive.ids
    if counter.slotTokens.count != placement.slots || counter.alive != ids {
      counter = TrafficCounter(
        ranks: alive.all, ranksPerNode: setting.cluster.ranksPerNode, slotsPerRank: placement.slotsPerRank,
        alive: ids, isAlone: shared == nil)
    }
    slotOfVisit.removeLast(max(0, slotOfVisit.count - visits))
    slotOfVisit += repeatElement(0, count: visits - slotOfVisit.count)
    return alive.starts(step.sources(by: setting.sourceAssignment).ranks)
  }

  private func finish(_ placement: LayerPlacement, sources: [UInt32], starts: [Int]?) {
    if slotTokens.count != placement.slots { slotTokens = Array(repeating: 0, count: placement.slots) }
    for slot in slotTokens.indices { slotTokens[slot] = Double(counter.slotTokens[slot]) }
    shared?.count(
      slotOfVisit: slotOfVisit, slotsPerRank: placement.slotsPerRank, sources: sources, starts: starts, into: &traffic)
  }
}
