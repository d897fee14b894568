extension Tastes {
  /// Alternately scales rows to 1 and experts to their mean (Sinkhorn), within the largest share.
  ///
  /// - Parameter tolerance: how far the sum of a row may stay from 1.
  static func balance(
    _ rows: inout [[Double]], base: [Double], largest: Double, rounds: Int, tolerance: Double = 0
  ) {
    let (count, experts) = (rows.count, base.count)
    var table = rows.flatMap(\.self)
    var means = [Double](repeating: 0, count: experts)
    table.withUnsafeMutableBufferPointer { table in
      means.withUnsafeMutableBufferPointer { means in
        for _ in 0..<rounds {
          var farthest = 0.0
          means.update(repeating: 0)
          for row in stride(from: 0, to: count &* experts, by: experts) {
            var total = 0.0
            for expert in 0..<experts { total += table[row &+ expert] }
            farthest = max(farthest, abs(total - 1))
            for expert in 0..<experts {
              table[row &+ expert] = min(largest, table[row &+ expert] / total)
              means[expert] += table[row &+ expert]
            }
          }
          for expert in 0..<experts where base[expert] > 0 {
            means[expert] = base[expert] / (means[expert] / Double(count))
          }
          for row in stride(from: 0, to: count &* experts, by: experts) {
            for expert in 0..<experts where base[expert] > 0 { table[row &+ expert] *= means[expert] }
          }
          if farthest < tolerance { break }
        }
      }
    }
    rows = (0..<count).map { Array(table[$0 * experts..<($0 + 1) * experts]) }
  }
}
