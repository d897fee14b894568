import Parallelism
import RoutingTrace

extension PairCounts {
  /// Adds every token's pairs.
  ///
  /// - Precondition: the step was validated.
  mutating func add(_ step: RoutingStep, topK: Int, threads: Int = 1) {
    if counts.isEmpty { counts = Array(repeating: 0, count: layers * pairsPerLayer) }
    let (perLayer, pairs, layers) = (step.tokens * topK, pairsPerLayer, layers)
    let hasDropped = step.hasDropped
    counts.withUnsafeMutableBufferPointer { counts in
      step.experts.withUnsafeBufferPointer { ids in
        guard let counts = counts.baseAddress, let ids = ids.baseAddress else { return }
        // Layers have counts of their own.
        nonisolated(unsafe) let (allCounts, allIDs) = (counts, ids)
        (0..<layers).inParts(operations: layers * perLayer * (topK - 1) / 2, threads: threads) { part in
          for layer in part {
            let (row, first) = (allCounts + layer &* pairs, allIDs + layer &* perLayer)
            switch (hasDropped, topK) {
            case (true, _): Self.addKept(first, perLayer, topK, to: row)
            case (false, 8): Self.add(first, perLayer, 8, to: row)
            case (false, _): Self.add(first, perLayer, topK, to: row)
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private static func add(
    _ ids: UnsafePointer<UInt16>, _ count: Int, _ topK: Int, to counts: UnsafeMutablePointer<UInt32>
  ) {
    for token in stride(from: 0, to: count, by: topK) {
      let ids = ids + token
      for i in 1..<topK {
        for j in 0..<i {
          let (a, b) = (Int(ids[i]), Int(ids[j]))
          let (high, low) = (max(a, b), min(a, b))
          counts[(high &* (high &- 1)) &>> 1 &+ low] &+= 1
        }
      }
    }
  }

  /// The same where tokens do not have all their experts.
  private static func addKept(
    _ ids: UnsafePointer<UInt16>, _ count: Int, _ topK: Int, to counts: UnsafeMutablePointer<UInt32>
  ) {
    for token in stride(from: 0, to: count, by: topK) {
      let kept = (token..<token + topK).map { ids[$0] }.filter { $0 != RoutingStep.dropped }
      kept.withUnsafeBufferPointer { kept in
        guard let first = kept.baseAddress, kept.count > 1 else { return }
        add(first, kept.count, kept.count, to: counts)
      }
    }
  }
}
