import Foundation
import PerformanceModel
import Randomness

/// The search for a machine's figures, from several starts.
struct FitSearch {
  /// Starts beside the first.
  private static let otherStarts = 4
  /// Standard deviation of the logarithm by which their figures are off.
  private static let scatter = 0.5
  /// A start has to end with this part of the best error to take its place, so that what differs in rounding does not.
  private static let clearlyLess = 0.999
  /// A figure with a standard error above this is told by nothing.
  private static let mostStandardError = 1.0

  struct Result {
    var cluster: Cluster
    var estimates: [MachineFit.Estimate]
    var untold: [String]
  }

  private let table: MeasurementTable
  private let rows: [MeasurementTable.Row]
  /// The table's, whose figures stand for what the rows do not tell.
  private let machine: Cluster
  private var start: Cluster

  init(table: MeasurementTable, rows: [MeasurementTable.Row], machine: Cluster) {
    self.table = table
    self.rows = rows
    self.machine = machine
    start = machine
  }

  /// - Parameter cluster: with the machine's other figures.
  mutating func begin(at cluster: Cluster) { start = cluster }

  /// Figures of the start that a row depends on.
  func toldParameters() throws -> [FitParameter] {
    let all = FitParameter.all(of: start, for: table.kind)
    let jacobian = try leastSquares(all, start).jacobian(at: point(of: all, start))
    return all.indices.filter { column in jacobian.contains { abs($0[column]) > 1e-9 } }.map { all[$0] }
  }

  func best() throws -> Result {
    let all = FitParameter.all(of: start, for: table.kind)
    var parameters = try toldParameters()
    var base = start
    while true {
      let optimum = try search(parameters, base)
      let errors = standardErrors(optimum)
      let worst = errors.indices.max { errors[$0] < errors[$1] }
      if let worst, errors[worst] > Self.mostStandardError, parameters.count > 1 {
        // What the rows do not tell stays as it was, and the others are fitted beside it.
        if let value = parameters[worst].value(of: machine) { parameters[worst].set(value, in: &base) }
        parameters.remove(at: worst)
        continue
      }
      let cluster = self.cluster(at: optimum.point, parameters, base)
      let told = Set(parameters.map(\.name))
      return Result(
        cluster: cluster,
        estimates: parameters.indices.map {
          .init(
            name: parameters[$0].name, value: parameters[$0].value(of: cluster) ?? 0, standardError: errors[$0])
        },
        untold: all.map(\.name).filter { !told.contains($0) })
    }
  }

  /// The optimum that the best of all starts leads to.
  private func search(_ parameters: [FitParameter], _ base: Cluster) throws -> LeastSquares.Optimum {
    let squares = leastSquares(parameters, base)
    let first = point(of: parameters, base)
    var best = try squares.minimum(from: first)
    for other in 0..<Self.otherStarts {
      var generator = SeededGenerator(seed: 0, stream: UInt64(other))
      let found = try squares.minimum(from: first.map { $0 + Self.scatter * generator.normal() })
      if found.error < Self.clearlyLess * best.error { best = found }
    }
    return best
  }

  private func leastSquares(_ parameters: [FitParameter], _ base: Cluster) -> LeastSquares {
    LeastSquares { point in
      try table.predictions(of: rows, on: [cluster(at: point, parameters, base)]).map(\.error)
    }
  }

  /// Logarithms of the figures.
  private func point(of parameters: [FitParameter], _ cluster: Cluster) -> [Double] {
    parameters.map { log($0.value(of: cluster) ?? 1) }
  }

  private func cluster(at point: [Double], _ parameters: [FitParameter], _ base: Cluster) -> Cluster {
    var cluster = base
    for (parameter, value) in zip(parameters, point) { parameter.set(exp(value), in: &cluster) }
    return cluster
  }

  /// Of the logarithms, so relative; infinite where the rows do not tell.
  private func standardErrors(_ optimum: LeastSquares.Optimum) -> [Double] {
    let count = optimum.point.count
    let normal = SymmetricMatrix(normalOf: optimum.jacobian, columns: count)
    let degrees = Double(max(1, rows.count - count))
    if let diagonal = normal.inverseDiagonal {
      return diagonal.map { (optimum.error / degrees * $0).squareRoot() }
    }
    // Singular: whoever can be left out so that the others are told is told by nothing of its own; the last of them goes.
    var errors = Array(repeating: 0.0, count: count)
    let suspect = (0..<count).last { left in
      let jacobian = optimum.jacobian.map { row in row.indices.filter { $0 != left }.map { row[$0] } }
      return SymmetricMatrix(normalOf: jacobian, columns: count - 1).inverseDiagonal != nil
    }
    errors[suspect ?? count - 1] = .infinity
    return errors
  }
}
