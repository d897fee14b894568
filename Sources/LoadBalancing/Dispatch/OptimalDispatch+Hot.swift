extension OptimalDispatch {
  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    let placement = context.placement
    if !graph.isMade(for: placement) { adopt(placement) }
    count(experts, of: placement.experts)
    assignment.solve(counts, on: graph)
    room.removeAll(keepingCapacity: true)
    for tokens in assignment.rankTokens { room.append(Int32(truncatingIfNeeded: assignment.level - tokens)) }
    experts.withUnsafeBufferPointer { experts in
      sources.withUnsafeBufferPointer { sources in
        slots.withUnsafeMutableBufferPointer { slots in
          let visits = DispatchVisits(
            experts: experts, topK: context.topK, sources: sources, ranksPerNode: context.ranksPerNode, slots: slots,
            starts: context.starts)
          if placement.ranks <= UInt64.bitWidth { chooseByMasks(visits) } else { chooseByStamps(visits) }
        }
      }
    }
  }

  private mutating func count(_ visits: Span<UInt16>, of experts: Int) {
    counts.refill(0, count: experts)
    counts.withUnsafeMutableBufferPointer { counts in
      for visit in visits.indices { counts[Int(visits[visit])] += 1 }
    }
  }

  private mutating func chooseByMasks(_ visits: DispatchVisits) {
    prepareMasks(visits.ranksPerNode)
    fixed.withUnsafeBufferPointer { fixed in
      nodeMasks.withUnsafeBufferPointer { nodeMasks in
        turnOfRank.withUnsafeMutableBufferPointer { turns in
          room.withUnsafeMutableBufferPointer { room in
            replicaMasks.withUnsafeMutableBufferPointer { masks in
              MaskChooser(visits: visits, nodeMasks: nodeMasks, fixed: fixed, turns: turns, room: room, masks: masks)
                .run()
            }
          }
        }
      }
    }
  }

  private mutating func chooseByStamps(_ visits: DispatchVisits) {
    prepareStamps(visits.ranksPerNode)
    let ranks = graph.ranks
    homes.withUnsafeBufferPointer { homes in
      turns.withUnsafeMutableBufferPointer { turns in
        room.withUnsafeMutableBufferPointer { room in
          nearness.withUnsafeMutableBufferPointer { nearness in
            StampChooser(visits: visits, ranks: ranks, homes: homes, turns: turns, room: room, nearness: nearness)
              .run()
          }
        }
      }
    }
  }
}
