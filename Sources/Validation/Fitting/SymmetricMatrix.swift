/// A small symmetric matrix with no negative eigenvalue, as normal equations have it.
struct SymmetricMatrix {
  let size: Int
  /// `[size][size]`.
  private var values: [[Double]]

  /// JᵀJ of a Jacobian `[rows][columns]`.
  init(normalOf jacobian: [[Double]], columns: Int) {
    size = columns
    values = Array(repeating: Array(repeating: 0, count: columns), count: columns)
    for row in jacobian {
      for i in 0..<columns where row[i] != 0 {
        for j in 0..<columns { values[i][j] += row[i] * row[j] }
      }
    }
  }

  /// With its diagonal raised by this part, and so that it is never 0.
  func damped(by part: Double) -> SymmetricMatrix {
    var copy = self
    for i in 0..<size { copy.values[i][i] += max(values[i][i] * part, 1e-12) }
    return copy
  }

  /// Nil for a matrix that is singular, its columns scaled alike.
  func solve(_ right: [Double]) -> [Double]? {
    let scale = (0..<size).map { values[$0][$0].squareRoot() }
    guard scale.allSatisfy({ $0 > 0 }), let lower = cholesky(scale) else { return nil }
    var result = zip(right, scale).map { $0 / $1 }
    for i in 0..<size {
      for j in 0..<i { result[i] -= lower[i][j] * result[j] }
      result[i] /= lower[i][i]
    }
    for i in (0..<size).reversed() {
      for j in (i + 1)..<max(size, i + 1) { result[i] -= lower[j][i] * result[j] }
      result[i] /= lower[i][i]
    }
    return zip(result, scale).map { $0 / $1 }
  }

  /// The diagonal of the inverse; nil for a singular matrix.
  var inverseDiagonal: [Double]? {
    var diagonal: [Double] = []
    for i in 0..<size {
      var unit = Array(repeating: 0.0, count: size)
      unit[i] = 1
      guard let column = solve(unit) else { return nil }
      diagonal.append(column[i])
    }
    return diagonal
  }

  /// The lower triangle L with L·Lᵀ = this, rows and columns divided by `scale`.
  private func cholesky(_ scale: [Double]) -> [[Double]]? {
    var lower = Array(repeating: Array(repeating: 0.0, count: size), count: size)
    for i in 0..<size {
      for j in 0...i {
        var sum = values[i][j] / (scale[i] * scale[j])
        for k in 0..<j { sum -= lower[i][k] * lower[j][k] }
        guard i == j else {
          lower[i][j] = sum / lower[j][j]
          continue
        }
        guard sum > 1e-12 else { return nil }
        lower[i][i] = sum.squareRoot()
      }
    }
    return lower
  }
}
