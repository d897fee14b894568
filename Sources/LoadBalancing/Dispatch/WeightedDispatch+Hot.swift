extension WeightedDispatch {
  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    let placement = context.placement
    let known = placement.turns.dealt
    if let known, handOut(known, to: experts, into: &slots) { return }
    // More than these visits, so that those of the next steps are there, too.
    let dealt = deal(experts, in: placement, shares: placement.shares) { expert, visits in
      max(2 * visits + 16, known.map { $0.ends[expert] - $0.cursors[expert].next } ?? 0)
    }
    placement.turns.dealt = dealt
    _ = handOut(dealt, to: experts, into: &slots)
  }

  /// - Parameter shares: `[slots]` in place of the plan's.
  mutating func assign(
    experts: Span<UInt16>, in placement: LayerPlacement, shares: [Double], into slots: inout MutableSpan<UInt16>
  ) {
    let dealt = deal(experts, in: placement, shares: shares) { _, visits in visits }
    _ = handOut(dealt, to: experts, into: &slots)
  }

  /// Gives every visit what was dealt to its expert.
  ///
  /// - Returns: false where an expert has more visits than were dealt.
  private mutating func handOut(_ dealt: Dealt, to experts: Span<UInt16>, into slots: inout MutableSpan<UInt16>) -> Bool
  {
    cursors.removeAll(keepingCapacity: true)
    cursors += dealt.cursors
    let last = UInt32(truncatingIfNeeded: dealt.slots.count &- 1)
    cursors.withUnsafeMutableBufferPointer { cursors in
      dealt.slots.withUnsafeBufferPointer { dealt in
        experts.withUnsafeBufferPointer { experts in
          slots.withUnsafeMutableBufferPointer { slots in
            for visit in 0..<experts.count {
              let expert = Int(experts[visit])
              let cursor = cursors[expert]
              slots[visit] = dealt[Int(min(cursor.next, last))]
              cursors[expert].next = cursor.next &+ cursor.step
            }
          }
        }
      }
    }
    return zip(cursors, dealt.ends).allSatisfy { $0.next <= $1 }
  }

  /// Deals every expert's visits to its replicas.
  ///
  /// - Parameter room: how many to deal to an expert with so many.
  private mutating func deal(
    _ experts: Span<UInt16>, in placement: LayerPlacement, shares: [Double],
    room: (_ expert: Int, _ visits: UInt32) -> UInt32
  ) -> Dealt {
    prepare(placement, shares: shares)
    var dealt = Dealt()
    dealt.cursors = Array(repeating: Cursor(next: 0, step: 0), count: placement.experts)
    dealt.cursors.withUnsafeMutableBufferPointer { cursors in
      for visit in 0..<experts.count { cursors[Int(experts[visit])].next &+= 1 }
    }
    dealt.ends.reserveCapacity(placement.experts)
    var count: UInt32 = 0
    for expert in 0..<placement.experts {
      let isAlone = placement.positions(ofExpert: expert).count == 1
      let visits = isAlone ? 1 : room(expert, dealt.cursors[expert].next)
      dealt.cursors[expert] = Cursor(next: count, step: isAlone ? 0 : 1)
      count += visits
      dealt.ends.append(count)
    }
    dealt.slots = Array(repeating: 0, count: Int(count))
    placement.withTables { tables in
      turns.withUnsafeMutableBufferPointer { turns in Self.deal(tables, &turns, &dealt) }
    }
    return dealt
  }

  private static func deal(
    _ tables: PlacementTables, _ turns: inout UnsafeMutableBufferPointer<Turn>, _ dealt: inout Dealt
  ) {
    let (cursors, ends) = (dealt.cursors, dealt.ends)
    dealt.slots.withUnsafeMutableBufferPointer { slots in
      for expert in cursors.indices {
        let replicas = tables.positions(ofExpert: expert)
        let visits = Int(cursors[expert].next)..<Int(ends[expert])
        switch replicas.count {
        case 1:
          slots[visits.lowerBound] = turns[replicas.lowerBound].slot
        case 2:
          dealTwo(visits, turns[replicas.lowerBound], turns[replicas.lowerBound &+ 1], into: slots)
        default:
          for (place, visit) in visits.enumerated() {
            slots[visit] = furthestBehind(replicas, turns, after: Double(place + 1))
          }
        }
      }
    }
  }

  /// The same of two replicas, without a branch that hangs on data.
  @inline(__always)
  private static func dealTwo(
    _ visits: Range<Int>, _ first: Turn, _ second: Turn, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    var (givenFirst, givenSecond, number) = (0.0, 0.0, 0.0)
    for visit in visits {
      number += 1
      let isSecond = second.share * number - givenSecond > first.share * number - givenFirst
      slots[visit] = isSecond ? second.slot : first.slot
      givenFirst += isSecond ? 0 : 1
      givenSecond += isSecond ? 1 : 0
    }
  }

  @inline(__always)
  private static func furthestBehind(
    _ replicas: Range<Int>, _ turns: UnsafeMutableBufferPointer<Turn>, after visits: Double
  ) -> UInt16 {
    var best = replicas.lowerBound
    var lag = turns[best].share * visits - turns[best].given
    for position in best + 1..<replicas.upperBound {
      let behind = turns[position].share * visits - turns[position].given
      if behind > lag {
        lag = behind
        best = position
      }
    }
    turns[best].given += 1
    return turns[best].slot
  }
}
