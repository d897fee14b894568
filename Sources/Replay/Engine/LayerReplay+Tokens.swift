import LoadBalancing

extension LayerReplay {
  /// Fills `traffic` and `slotTokens` with what the step's tokens send.
  func countTokens(of step: StepBatch.Step, in context: DispatchContext) {
    if step.routing.hasDropped { return countKeptTokens(of: step, in: context) }
    let (placement, layer) = (context.placement, context.layer)
    let (topK, visits) = (setting.topK, step.routing.tokens * setting.topK)
    let experts = step.routing.experts.span.extracting(layer * visits..<(layer + 1) * visits)
    let sources = alive.starts(step.sources(by: setting.sourceAssignment).ranks)
    let senders = alive.ranks(at: sources)
    if let copyCounter, dispatch.takesTurns(in: placement) {
      copyCounter.count(
        experts: experts, topK: topK, sources: senders.span, placement: placement, alive: aliveIDs, into: &traffic)
      return finish(copyCounter)
    }
    prepareSlots(of: visits)
    var slots = slotOfVisit.mutableSpan
    dispatch.assign(experts: experts, sources: sources.span, in: context, into: &slots)
    if let copyCounter {
      copyCounter.count(
        slotOfVisit: slotOfVisit.span, topK: topK, sources: senders.span, placement: placement, alive: aliveIDs,
        into: &traffic)
      return finish(copyCounter)
    }
    prepareCounter(for: placement)
    counter.count(slotOfVisit: slotOfVisit.span, topK: topK, sources: senders.span, into: &traffic)
    finish(placement, sources: sources, starts: nil)
  }

  /// The same of a step with dropped visits, which are taken out before a rule chooses.
  private func countKeptTokens(of step: StepBatch.Step, in context: DispatchContext) {
    var context = context
    kept.take(step.routing, layer: context.layer, topK: setting.topK)
    context.starts = kept.starts
    let sources = alive.starts(step.sources(by: setting.sourceAssignment).ranks)
    prepareSlots(of: kept.experts.count)
    prepareCounter(for: context.placement)
    var slots = slotOfVisit.mutableSpan
    dispatch.assign(experts: kept.experts.span, sources: sources.span, in: context, into: &slots)
    counter.count(
      slotOfVisit: slotOfVisit, starts: kept.starts, sources: alive.ranks(at: sources), into: &traffic)
    finish(context.placement, sources: sources, starts: kept.starts)
  }

  private var aliveIDs: [Int]? { alive.isWhole ? nil : alive.ids }

  private func prepareCounter(for placement: LayerPlacement) {
    guard counter.slotTokens.count != placement.slots || counter.alive != aliveIDs else { return }
    counter = TrafficCounter(
      ranks: alive.all, ranksPerNode: setting.cluster.ranksPerNode, slotsPerRank: placement.slotsPerRank,
      alive: aliveIDs, isAlone: shared == nil)
  }

  private func prepareSlots(of visits: Int) {
    slotOfVisit.removeLast(max(0, slotOfVisit.count - visits))
    slotOfVisit += repeatElement(0, count: visits - slotOfVisit.count)
  }

  private func finish(_ counter: CopyCounter) {
    slotTokens = counter.slotTokens
    mostNodes = counter.mostNodes
  }

  private func finish(_ placement: LayerPlacement, sources: [UInt32], starts: [Int]?) {
    mostNodes = counter.mostNodes
    if slotTokens.count != placement.slots { slotTokens = Array(repeating: 0, count: placement.slots) }
    for slot in slotTokens.indices { slotTokens[slot] = Double(counter.slotTokens[slot]) }
    shared?.count(
      slotOfVisit: slotOfVisit, slotsPerRank: placement.slotsPerRank, sources: sources, starts: starts, into: &traffic)
  }
}
