extension ExpertLoad {
  public static func += (left: inout ExpertLoad, right: ExpertLoad) {
    left.change(by: right) { $0 += $1 }
  }

  public static func -= (left: inout ExpertLoad, right: ExpertLoad) {
    left.change(by: right) { $0 -= $1 }
  }

  /// - Precondition: both are of one shape.
  @inline(__always)
  private mutating func change(by other: ExpertLoad, _ change: (inout Double, Double) -> Void) {
    precondition(values.count == other.values.count)
    values.withUnsafeMutableBufferPointer { values in
      other.values.withUnsafeBufferPointer { other in
        for index in values.indices { change(&values[index], other[index]) }
      }
    }
  }

  /// Adds what enters a window, and takes off what leaves it.
  mutating func move(in entering: [Float], out leaving: [Float]?) {
    precondition(values.count == entering.count && leaving.map { $0.count == entering.count } ?? true)
    values.withUnsafeMutableBufferPointer { values in
      entering.withUnsafeBufferPointer { entering in
        for index in values.indices { values[index] += Double(entering[index]) }
      }
      leaving?.withUnsafeBufferPointer { leaving in
        for index in values.indices { values[index] -= Double(leaving[index]) }
      }
    }
  }
}
