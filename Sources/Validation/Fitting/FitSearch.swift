import Diagnostics
import Foundation
import PerformanceModel
import Randomness

/// The search for a machine's figures, from several starts, by least squares of log(predicted / measured).
struct FitSearch {
  /// Standard deviation of the logarithm by which figures of other starts are off.
  private static let scatter = 0.5
  /// A start has to end with this part of the best error to take its place, so that what differs in rounding does not.
  private static let clearlyLess = 0.999
  /// A figure with a standard error above this is told by nothing.
  private static let mostStandardError = 1.0
  /// A row that changes by less than this part with a figure does not depend on it.
  private static let leastChange = 1e-9

  struct Result {
    var cluster: Cluster
    var estimates: [MachineFit.Estimate]
    var untold: [String]
  }

  private let rows: PreparedRows
  /// The table's, whose figures stand for what the rows do not tell.
  private let machine: Cluster
  /// With the machine's other figures.
  private let start: Cluster
  /// Beside the first.
  private let otherStarts: Int
  private let all: [FitParameter]

  /// - Parameters:
  ///   - rows: of one machine.
  ///   - start: where the search begins; the machine itself when nil.
  init(
    rows: PreparedRows, kind: MeasurementKind, machine: Cluster, startingAt start: Cluster? = nil, otherStarts: Int
  ) {
    self.rows = rows
    self.machine = machine
    self.start = start ?? machine
    self.otherStarts = otherStarts
    all = FitParameter.all(of: self.start, for: rows.rows, kind)
  }

  /// Figures of the start that a row depends on.
  func toldParameters() throws -> [FitParameter] {
    let dependent = try Self.dependent(rows, on: all, of: start)
    return all.indices.filter { column in dependent.contains { $0[column] } }.map { all[$0] }
  }

  /// `[rows][parameters]`: whether a row's time changes with a figure.
  static func dependent(_ rows: PreparedRows, on parameters: [FitParameter], of cluster: Cluster) throws -> [[Bool]] {
    try leastSquares(rows, parameters, cluster).jacobian(at: point(of: parameters, cluster))
      .map { $0.map { abs($0) > leastChange } }
  }

  func best() throws -> Result {
    let counter = WorkProgress.begin("fitting", .trials)
    defer { counter?.end() }
    var parameters = try toldParameters()
    var base = start
    while true {
      let optimum = try search(parameters, base, counter)
      let errors = standardErrors(optimum)
      if let worst = Self.untold(errors), parameters.count > 1 {
        // What the rows do not tell stays as it was, and the others are fitted beside it.
        if let value = parameters[worst].value(of: machine) { parameters[worst].set(value, in: &base) }
        parameters.remove(at: worst)
        continue
      }
      let cluster = Self.cluster(at: optimum.point, parameters, base)
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

  /// The figure that is told least, if it is by nothing; of those that are told together alone, the last.
  private static func untold(_ errors: [Double?]) -> Int? {
    let most = errors.compactMap(\.self).max() ?? 0
    guard most > mostStandardError else { return nil }
    return errors.lastIndex { ($0 ?? 0) >= min(most / 2, .greatestFiniteMagnitude) }
  }

  /// The optimum that the best of all starts leads to.
  private func search(
    _ parameters: [FitParameter], _ base: Cluster, _ counter: WorkCounter?
  ) throws -> LeastSquares.Optimum {
    let squares = Self.leastSquares(rows, parameters, base, counter)
    let first = Self.point(of: parameters, base)
    var best = try squares.minimum(from: first)
    for other in 0..<otherStarts {
      var generator = SeededGenerator(seed: 0, stream: UInt64(other))
      let found = try squares.minimum(from: first.map { $0 + Self.scatter * generator.normal() })
      if found.error < Self.clearlyLess * best.error { best = found }
    }
    return best
  }

  private static func leastSquares(
    _ rows: PreparedRows, _ parameters: [FitParameter], _ base: Cluster, _ counter: WorkCounter? = nil
  ) -> LeastSquares {
    LeastSquares(ranges: parameters.map(\.logarithms)) { point in
      counter?.advance()
      let cluster = cluster(at: point, parameters, base)
      return zip(rows.rows, try rows.means { _ in cluster }).map { Prediction(row: $0, predicted: $1).logError ?? -1 }
    }
  }

  /// Logarithms of the figures.
  private static func point(of parameters: [FitParameter], _ cluster: Cluster) -> [Double] {
    parameters.map { log($0.value(of: cluster) ?? 1) }
  }

  private static func cluster(at point: [Double], _ parameters: [FitParameter], _ base: Cluster) -> Cluster {
    var cluster = base
    for (parameter, value) in zip(parameters, point) { parameter.set(exp(value), in: &cluster) }
    return cluster
  }

  /// Of the logarithms, so relative; infinite where the rows do not tell, nil at an end of its range.
  private func standardErrors(_ optimum: LeastSquares.Optimum) -> [Double?] {
    let free = optimum.point.indices.filter { !optimum.isAtEnd[$0] }
    let jacobian = optimum.jacobian.map { row in free.map { row[$0] } }
    var errors: [Double?] = Array(repeating: nil, count: optimum.point.count)
    let degrees = Double(max(1, rows.rows.count - free.count))
    if let diagonal = SymmetricMatrix(normalOf: jacobian, columns: free.count).inverseDiagonal {
      for (index, value) in zip(free, diagonal) { errors[index] = (optimum.error / degrees * value).squareRoot() }
      return errors
    }
    // Singular: whoever can be left out so that the others are told is told by nothing of its own; the last of them goes.
    let suspect = free.indices.last { left in
      let others = jacobian.map { row in row.indices.filter { $0 != left }.map { row[$0] } }
      return SymmetricMatrix(normalOf: others, columns: free.count - 1).inverseDiagonal != nil
    }
    for index in free { errors[index] = 0 }
    errors[free[suspect ?? free.count - 1]] = .infinity
    return errors
  }
}
