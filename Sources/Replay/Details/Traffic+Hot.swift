import PerformanceModel

/// The sum of all that is sent, added once for every layer of every step.
extension Traffic {
  /// - Precondition: `more` is of as many ranks and nodes.
  mutating func add(_ more: Traffic) {
    Self.add(more.rankCopies, to: &rankCopies)
    Self.add(more.nodeCopies, to: &nodeCopies)
    Self.add(more.visits, to: &visits)
  }

  private static func add(_ more: [Double], to sum: inout [Double]) {
    precondition(more.count == sum.count)
    more.withUnsafeBufferPointer { more in
      sum.withUnsafeMutableBufferPointer { sum in
        guard let from = more.baseAddress, let to = sum.baseAddress else { return }
        for place in 0..<sum.count { to[place] += from[place] }
      }
    }
  }
}
