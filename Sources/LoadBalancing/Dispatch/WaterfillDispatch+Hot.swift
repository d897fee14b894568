extension WaterfillDispatch {
  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    prepare(context.placement)
    context.placement.withTables { tables in
      rankTokens.withUnsafeMutableBufferPointer { rankTokens in
        rankOfPosition.withUnsafeBufferPointer { rankOfPosition in
          slots.withUnsafeMutableBufferPointer { slots in
            for visit in 0..<experts.count {
              let replicas = tables.positions(ofExpert: Int(experts[visit]))
              var fewest = Int.max
              for position in replicas {
                // Tokens above, position below: one minimum, and no branch that could be guessed wrong.
                fewest = min(fewest, Int(rankTokens[Int(rankOfPosition[position])]) << 16 | position)
              }
              rankTokens[Int(rankOfPosition[fewest & 0xFFFF])] += 1
              slots[visit] = UInt16(truncatingIfNeeded: tables.slotsByExpert[fewest & 0xFFFF])
            }
          }
        }
      }
    }
  }
}
