/// Nonlinear least squares by Levenberg and Marquardt ("An algorithm for least-squares estimation of nonlinear
/// parameters", 1963), with a Jacobian of central differences.
struct LeastSquares {
  /// Of a parameter's logarithm, for differences.
  private static let step = 1e-5
  private static let mostRounds = 60
  /// A round that takes off less than this part of the error is the last.
  private static let least = 1e-9

  /// Residuals at a point.
  let residuals: ([Double]) throws -> [Double]

  struct Optimum {
    var point: [Double]
    /// Σ of squared residuals.
    var error: Double
    /// `[residuals][parameters]` at the point.
    var jacobian: [[Double]]
  }

  func minimum(from start: [Double]) throws -> Optimum {
    var point = start
    var current = try residuals(point)
    var error = Self.squares(current)
    var damping = 1e-3
    var jacobian = try jacobian(at: point)
    for _ in 0..<Self.mostRounds {
      var gradient = Array(repeating: 0.0, count: point.count)
      for (row, residual) in zip(jacobian, current) {
        for column in row.indices { gradient[column] -= row[column] * residual }
      }
      let normal = SymmetricMatrix(normalOf: jacobian, columns: point.count)
      var isBetter = false
      while damping < 1e10, !isBetter {
        if let move = normal.damped(by: damping).solve(gradient) {
          let next = zip(point, move).map { $0 + min(max($1, -1), 1) }
          let found = try residuals(next)
          let nextError = Self.squares(found)
          if nextError < error {
            isBetter = true
            let isLast = error - nextError < Self.least * error
            (point, current, error) = (next, found, nextError)
            damping = max(1e-12, damping / 10)
            if isLast { return Optimum(point: point, error: error, jacobian: try self.jacobian(at: point)) }
            continue
          }
        }
        damping *= 10
      }
      guard isBetter else { break }
      jacobian = try self.jacobian(at: point)
    }
    return Optimum(point: point, error: error, jacobian: jacobian)
  }

  func jacobian(at point: [Double]) throws -> [[Double]] {
    let columns = try point.indices.map { index in
      var (above, below) = (point, point)
      above[index] += Self.step
      below[index] -= Self.step
      return zip(try residuals(above), try residuals(below)).map { ($0 - $1) / (2 * Self.step) }
    }
    let rows = columns.first?.count ?? 0
    return (0..<rows).map { row in columns.map { $0[row] } }
  }

  static func squares(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } }
}
