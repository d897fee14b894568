extension NearestDispatch {
  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    experts.withUnsafeBufferPointer { experts in
      sources.withUnsafeBufferPointer { sources in
        slots.withUnsafeMutableBufferPointer { slots in
          assign(
            DispatchVisits(
              experts: experts, topK: context.topK, sources: sources, ranksPerNode: context.ranksPerNode, slots: slots,
              starts: context.starts),
            placement: context.placement)
        }
      }
    }
  }

  private mutating func assign(_ visits: DispatchVisits, placement: LayerPlacement) {
    prepare(placement, ranksPerNode: visits.ranksPerNode)
    placement.withTables { tables in
      runs.withUnsafeMutableBufferPointer { runs in
        rowOf.withUnsafeBufferPointer { rowOf in
          runOf.withUnsafeBufferPointer { runOf in
            for token in 0..<visits.sources.count {
              let source = Int(visits.sources[token])
              for visit in visits.places(ofToken: token) {
                let run = Int(runOf[Int(rowOf[Int(visits.experts[visit])]) + source])
                let turn = runs[run].next
                visits.slots[visit] = UInt16(truncatingIfNeeded: tables.slotsByExpert[Int(turn)])
                runs[run].next = turn == runs[run].last ? runs[run].first : turn + 1
              }
            }
          }
        }
      }
    }
  }
}
