extension LayerVisits {
  /// `[experts][ranks]` visits: a block of so many experts and ranks that both fit a cache, after another.
  var countsByExpert: [Int32] {
    let (ranks, experts) = (ranks, experts)
    return [Int32](unsafeUninitializedCapacity: ranks * experts) { turned, initialized in
      counts.withUnsafeBufferPointer { counts in
        for block in stride(from: 0, to: experts, by: 8) {
          for source in 0..<ranks {
            for expert in block..<min(block &+ 8, experts) {
              turned[expert &* ranks &+ source] = Int32(
                truncatingIfNeeded: counts[source &* experts &+ expert])
            }
          }
        }
      }
      initialized = ranks * experts
    }
  }

  /// Of one layer's tokens.
  ///
  /// - Parameters:
  ///   - ids: `[tokens][topK]` the experts that each visits; one that is not among the layer's is nobody's.
  ///   - sources: `[tokens]` the ranks that they start on, below `ranks`.
  package init(ranks: Int, experts: Int, ids: Span<UInt16>, sources: [UInt32], topK: Int) {
    precondition(ids.count == sources.count * topK && sources.allSatisfy { $0 < ranks })
    var counts = Array(repeating: 0, count: ranks * experts)
    counts.withUnsafeMutableBufferPointer { counts in
      ids.withUnsafeBufferPointer { ids in
        var visit = 0
        for source in sources {
          let row = Int(source) &* experts
          for _ in 0..<topK {
            let expert = Int(ids[visit])
            if expert < experts { counts[row &+ expert] &+= 1 }
            visit &+= 1
          }
        }
      }
    }
    self.init(ranks: ranks, experts: experts, counts: counts)
  }

  /// `[experts]` visits, summed over sources.
  static func totals(of counts: [Int], experts: Int) -> [Int] {
    var totals = Array(repeating: 0, count: experts)
    counts.withUnsafeBufferPointer { counts in
      totals.withUnsafeMutableBufferPointer { totals in
        for first in stride(from: 0, to: counts.count, by: experts) {
          for expert in 0..<experts { totals[expert] &+= counts[first &+ expert] }
        }
      }
    }
    return totals
  }
}
