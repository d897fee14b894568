extension PlannedDispatch {
  /// - Precondition: `context.exact` is the layer's plan, made of these visits.
  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    guard let layer = context.exact else { preconditionFailure("visits are dispatched as planned without a plan") }
    begin(layer.plan)
    experts.withUnsafeBufferPointer { experts in
      sources.withUnsafeBufferPointer { sources in
        slots.withUnsafeMutableBufferPointer { slots in
          let visits = DispatchVisits(
            experts: experts, topK: context.topK, sources: sources, ranksPerNode: context.ranksPerNode, slots: slots,
            starts: context.starts)
          assign(visits, to: layer)
        }
      }
    }
  }

  private mutating func begin(_ plan: ExactPlan) {
    firstTurn.refill(-1, count: plan.firstPart.count - 1)
    var count = 0
    for expert in firstTurn.indices where plan.parts(ofExpert: expert).count > 1 {
      firstTurn[expert] = count
      count += plan.ranks
    }
    turns.refill(MixedOrder(), count: count)
  }

  private mutating func assign(_ visits: DispatchVisits, to layer: ExactLayer) {
    let (ranks, isMixed) = (layer.plan.ranks, layer.plan.order == .mixed)
    turns.withUnsafeMutableBufferPointer { turns in
      firstTurn.withUnsafeBufferPointer { firstTurn in
        layer.plan.firstPart.withUnsafeBufferPointer { firstPart in
          layer.plan.rows.withUnsafeBufferPointer { rows in
            layer.plan.fromSource.withUnsafeBufferPointer { fromSource in
              layer.slots.withUnsafeBufferPointer { slotOfPart in
                for token in visits.sources.indices {
                  let source = Int(visits.sources[token])
                  for visit in visits.places(ofToken: token) {
                    let expert = Int(visits.experts[visit])
                    var part = firstPart[expert]
                    let turn = firstTurn[expert] &+ source
                    if firstTurn[expert] >= 0 {
                      let last = firstPart[expert &+ 1] &- 1
                      var place = rows[part] &* ranks &+ source
                      if turns[turn].count == 0 {
                        var count = 0
                        for row in 0...last &- part { count &+= Int(fromSource[place &+ row &* ranks]) }
                        turns[turn] =
                          isMixed ? MixedOrder(count: count, source: source) : MixedOrder(consecutive: count)
                      }
                      var visitsBefore = turns[turn].next()
                      while part < last, visitsBefore >= Int(fromSource[place]) {
                        visitsBefore &-= Int(fromSource[place])
                        place &+= ranks
                        part &+= 1
                      }
                    }
                    visits.slots[visit] = UInt16(truncatingIfNeeded: slotOfPart[part])
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
