extension [Float] {
  /// The places of the `count` largest values, largest first and lowest place first among equals.
  func findHighest(_ count: Int, into best: inout [Int]) {
    best.removeAll(keepingCapacity: true)
    let count = Swift.min(count, self.count)
    guard count > 0 else { return }
    best += 0..<count
    withUnsafeBufferPointer { values in
      best.withUnsafeMutableBufferPointer { best in
        for place in 1..<count { Self.put(place, in: best, at: place, values) }
        var least = values[best[count &- 1]]
        for place in count..<values.count where !(values[place] <= least) {
          Self.put(place, in: best, at: count &- 1, values)
          least = values[best[count &- 1]]
        }
      }
    }
  }

  /// Moves those behind back until `place` stands in its order.
  @inline(__always)
  private static func put(
    _ place: Int, in best: UnsafeMutableBufferPointer<Int>, at end: Int, _ values: UnsafeBufferPointer<Float>
  ) {
    var position = end
    while position > 0, values[best[position &- 1]] < values[place] {
      best[position] = best[position &- 1]
      position &-= 1
    }
    best[position] = place
  }
}
