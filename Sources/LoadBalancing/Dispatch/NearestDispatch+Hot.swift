extension NearestDispatch {
  public mutating func assign(
    experts: Span<UInt16>, topK: Int, sources: Span<UInt32>, placement: LayerPlacement, ranksPerNode: Int,
    into slots: inout MutableSpan<UInt16>
  ) {
    prepare(placement, ranksPerNode: ranksPerNode)
    let slotsByExpert = placement.slotsByExpert.span
    runs.withUnsafeMutableBufferPointer { runs in
      rowOf.withUnsafeBufferPointer { rowOf in
        runOf.withUnsafeBufferPointer { runOf in
          slots.withUnsafeMutableBufferPointer { slots in
            for token in 0..<sources.count {
              let source = Int(sources[token])
              for visit in token * topK..<(token + 1) * topK {
                let run = Int(runOf[Int(rowOf[Int(experts[visit])]) + source])
                let turn = runs[run].next
                slots[visit] = UInt16(truncatingIfNeeded: slotsByExpert[Int(turn)])
                runs[run].next = turn == runs[run].last ? runs[run].first : turn + 1
              }
            }
          }
        }
      }
    }
  }
}
