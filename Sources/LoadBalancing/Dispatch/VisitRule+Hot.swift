extension VisitRule {
  /// Chooses for all visits of a layer of a step: see `ReplicaDispatch.assign`.
  ///
  /// - Complexity: O(visits + ranks), besides what the rule takes.
  @inline(__always)
  mutating func choose(
    _ experts: Span<UInt16>, _ sources: Span<UInt32>, _ context: DispatchContext,
    into slots: inout MutableSpan<UInt16>
  ) {
    begin(context)
    let topK = context.topK
    context.placement.withTables { tables in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: tables.ranks) { tokens in
        tokens.initialize(repeating: 0)
        experts.withUnsafeBufferPointer { experts in
          sources.withUnsafeBufferPointer { sources in
            slots.withUnsafeMutableBufferPointer { slots in
              for token in 0..<sources.count {
                let source = Int(sources[token])
                let number = tokens[source]
                tokens[source] = number + 1
                let visits = context.visits(ofToken: token)
                for place in 0..<visits.count {
                  let expert = Int(experts[visits.lowerBound + place])
                  let positions = tables.positions(ofExpert: expert)
                  var position = positions.lowerBound
                  if positions.count > 1 {
                    let visit = Visit(expert: expert, source: source, token: number, number: number * topK + place)
                    position += replica(for: visit, of: positions.count)
                  }
                  slots[visits.lowerBound + place] = UInt16(truncatingIfNeeded: tables.slotsByExpert[position])
                }
              }
            }
          }
        }
      }
    }
  }
}
