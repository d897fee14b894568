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
    prepare(placement, shares: shares)
    placement.withTables { tables in
      turns.withUnsafeMutableBufferPointer { turns in
        visits.withUnsafeMutableBufferPointer { visits in
          slots.withUnsafeMutableBufferPointer { slots in
            for visit in 0..<experts.count {
              let expert = Int(experts[visit])
              let replicas = tables.positions(ofExpert: expert)
              var best = replicas.lowerBound
              if replicas.count > 1 { best = Self.furthestBehind(replicas, turns, &visits[expert]) }
              slots[visit] = turns[best].slot
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private static func furthestBehind(
    _ replicas: Range<Int>, _ turns: UnsafeMutableBufferPointer<Turn>, _ visits: inout Double
  ) -> Int {
    visits += 1
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
    return best
  }
}
