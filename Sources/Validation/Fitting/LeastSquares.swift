/// Nonlinear least squares by Levenberg and Marquardt ("An algorithm for least-squares estimation of nonlinear
/// parameters", 1963), with a Jacobian of differences; parameters stay within their ranges.
struct LeastSquares {
  /// Of a parameter's logarithm, for differences.
  private static let step = 1e-5
  private static let mostRounds = 60
  /// A round that takes off less than this part of the error is the last.
  private static let least = 1e-9

  /// Of each parameter.
  let ranges: [ClosedRange<Double>]
  /// Residuals at a point.
  let residuals: ([Double]) throws -> [Double]

  struct Optimum {
    var point: [Double]
    /// Σ of squared residuals.
    var error: Double
    /// `[residuals][parameters]` at the point.
    var jacobian: [[Double]]
    /// Parameters that are at an end of their range, where a lower error would lie beyond it.
    var isAtEnd: [Bool]
  }

  func minimum(from start: [Double]) throws -> Optimum {
    var point = clamped(start)
    var current = try residuals(point)
    var error = Self.squares(current)
    var damping = 1e-3
    for _ in 0..<Self.mostRounds {
      let jacobian = try jacobian(at: point)
      let descent = Self.descent(jacobian, current)
      let free = point.indices.filter { !isHeld(point, $0, descent) }
      let normal = SymmetricMatrix(normalOf: jacobian.map { row in free.map { row[$0] } }, columns: free.count)
      var isBetter = false
      var isLast = false
      while damping < 1e10, !isBetter {
        if let move = normal.damped(by: damping).solve(free.map { descent[$0] }) {
          var next = point
          for (index, move) in zip(free, move) { next[index] += min(max(move, -1), 1) }
          next = clamped(next)
          let found = try residuals(next)
          let nextError = Self.squares(found)
          if nextError < error {
            isBetter = true
            isLast = error - nextError < Self.least * error
            (point, current, error) = (next, found, nextError)
            damping = max(1e-12, damping / 10)
            continue
          }
        }
        damping *= 10
      }
      guard isBetter, !isLast else { break }
    }
    let jacobian = try jacobian(at: point)
    let descent = Self.descent(jacobian, current)
    return Optimum(
      point: point, error: error, jacobian: jacobian, isAtEnd: point.indices.map { isHeld(point, $0, descent) })
  }

  /// Central differences; one-sided at the ends of a range.
  func jacobian(at point: [Double]) throws -> [[Double]] {
    let columns = try point.indices.map { index in
      var (above, below) = (point, point)
      above[index] = min(above[index] + Self.step, ranges[index].upperBound)
      below[index] = max(below[index] - Self.step, ranges[index].lowerBound)
      let width = above[index] - below[index]
      guard width > 0 else { return Array(repeating: 0.0, count: try residuals(point).count) }
      return zip(try residuals(above), try residuals(below)).map { ($0 - $1) / width }
    }
    let rows = columns.first?.count ?? 0
    return (0..<rows).map { row in columns.map { $0[row] } }
  }

  static func squares(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } }

  /// −Jᵀ · residuals.
  private static func descent(_ jacobian: [[Double]], _ residuals: [Double]) -> [Double] {
    var descent = Array(repeating: 0.0, count: jacobian.first?.count ?? 0)
    for (row, residual) in zip(jacobian, residuals) {
      for column in row.indices { descent[column] -= row[column] * residual }
    }
    return descent
  }

  /// Whether a parameter is at an end of its range, and the error falls beyond it.
  private func isHeld(_ point: [Double], _ index: Int, _ descent: [Double]) -> Bool {
    point[index] >= ranges[index].upperBound && descent[index] > 0
      || point[index] <= ranges[index].lowerBound && descent[index] < 0
  }

  private func clamped(_ point: [Double]) -> [Double] {
    zip(point, ranges).map { min(max($0, $1.lowerBound), $1.upperBound) }
  }
}
