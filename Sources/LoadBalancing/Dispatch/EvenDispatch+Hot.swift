extension EvenDispatch {
  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    prepare(context.placement)
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
