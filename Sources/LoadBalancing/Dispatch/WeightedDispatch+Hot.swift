extension WeightedDispatch {
  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    assign(experts: experts, in: context.placement, shares: context.placement.shares, into: &slots)
  }

  /// - Parameter shares: `[slots]` in place of the plan's.
  mutating func assign(
    experts: Span<UInt16>, in placement: LayerPlacement, shares: [Double], into slots: inout MutableSpan<UInt16>
  ) {
    prepare(placement, shares: shares, visits: experts.count)
    cursors.withUnsafeMutableBufferPointer { cursors in
      dealt.withUnsafeMutableBufferPointer { dealt in
        for visit in 0..<experts.count { cursors[Int(experts[visit])].next &+= 1 }
        placement.withTables { tables in
          turns.withUnsafeMutableBufferPointer { turns in Self.deal(tables, &turns, &cursors, &dealt) }
        }
        slots.withUnsafeMutableBufferPointer { slots in
          for visit in 0..<experts.count {
            let expert = Int(experts[visit])
            let cursor = cursors[expert]
            slots[visit] = dealt[Int(cursor.next)]
            cursors[expert].next = cursor.next &+ cursor.step
          }
        }
      }
    }
  }

  /// Deals every expert's visits to its replicas.
  ///
  /// - Parameter cursors: have the number of visits in `next`, and then where they begin.
  private static func deal(
    _ tables: PlacementTables, _ turns: inout UnsafeMutableBufferPointer<Turn>,
    _ cursors: inout UnsafeMutableBufferPointer<Cursor>, _ dealt: inout UnsafeMutableBufferPointer<UInt16>
  ) {
    var start = 0
    for expert in cursors.indices {
      let replicas = tables.positions(ofExpert: expert)
      let visits = Int(cursors[expert].next)
      cursors[expert] = Cursor(next: UInt32(truncatingIfNeeded: start), step: replicas.count > 1 ? 1 : 0)
      switch replicas.count {
      case 1:
        dealt[start] = turns[replicas.lowerBound].slot
        start &+= 1
      case 2:
        dealTwo(visits, turns[replicas.lowerBound], turns[replicas.lowerBound &+ 1], into: dealt, at: start)
        start &+= visits
      default:
        for place in 0..<visits {
          dealt[start &+ place] = furthestBehind(replicas, turns, after: Double(place + 1))
        }
        start &+= visits
      }
    }
  }

  /// The same of two replicas, without a branch that hangs on data.
  @inline(__always)
  private static func dealTwo(
    _ visits: Int, _ first: Turn, _ second: Turn, into dealt: UnsafeMutableBufferPointer<UInt16>, at start: Int
  ) {
    var (givenFirst, givenSecond, number) = (0.0, 0.0, 0.0)
    for place in start..<start &+ visits {
      number += 1
      let isSecond = second.share * number - givenSecond > first.share * number - givenFirst
      dealt[place] = isSecond ? second.slot : first.slot
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
