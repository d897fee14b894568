extension EvenDispatch {
  public mutating func assign(
    experts: Span<UInt16>, topK: Int, sources: Span<UInt32>, placement: LayerPlacement, ranksPerNode: Int,
    into slots: inout MutableSpan<UInt16>
  ) {
    prepare(placement)
    turns.withUnsafeBufferPointer { turns in
      next.withUnsafeMutableBufferPointer { next in
        experts.withUnsafeBufferPointer { experts in
          slots.withUnsafeMutableBufferPointer { slots in
            for visit in 0..<experts.count {
              let expert = Int(experts[visit])
              let turn = turns[Int(next[expert])]
              slots[visit] = turn.slot
              next[expert] = turn.following
            }
          }
        }
      }
    }
  }
}
