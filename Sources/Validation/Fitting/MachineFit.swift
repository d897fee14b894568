import Diagnostics
import PerformanceModel
import Randomness

/// The figures of a table's machine, fitted to its rows by least squares of log(predicted / measured), each with its
/// standard error.
///
/// Parameters are all that the machine has and some row depends on (`FitParameter`). Links of a table of All-to-Alls, on
/// a machine whose kernels do nothing but send, start from a `LinkFit`, which tells rows at the floor from those on the
/// line; further starts lie around the first, each figure off by a random factor, and the one that ends with the least
/// error wins. A standard error is that of the linear model
/// at the optimum, σ²·(JᵀJ)⁻¹ with σ² = Σ error² / (rows − parameters). A parameter that the rows tell only together with
/// another has a standard error without bound: it goes back to what the table's machine has, and the rest is fitted again.
public struct MachineFit: Sendable {
  /// A fitted figure.
  public struct Estimate: Equatable, Sendable {
    /// As a cluster file writes it, such as `scaleUp.dispatchBandwidth`.
    public var name: String
    /// In bytes, microseconds and their quotients.
    public var value: Double
    /// A fraction of the value; nil for a figure at an end of what it may be, such as the peak.
    public var standardError: Double?
  }

  /// The table's machine with the fitted figures, under a name of its own.
  public let cluster: Cluster
  public let estimates: [Estimate]
  /// What no row tells, which is as the table's machine has it, such as `scaleOut.combineBandwidth`.
  public let untold: [String]
  /// A cluster file with the fitted figures, standard errors and residuals in its comments.
  public let file: ClusterFile

  /// Fits the rows marked as fitted; when none is, all but the suspect ones.
  ///
  private static let otherStarts = 4

  /// - Throws: `InputError` (usage) for several machines, a machine without figures to fit, or fewer rows than parameters.
  public init(table: MeasurementTable) throws {
    let machine = try table.onlyMachine
    let rows = table.rows.filter(table.isForFit)
    let prepared = try PreparedRows(rows, of: table, on: [machine])
    let start = LinkFit.isFor(machine, table.kind) ? try LinkFit(table: table).cluster : machine
    let told = try FitSearch(rows: prepared, kind: table.kind, machine: machine, otherStarts: 0).toldParameters()
    guard !told.isEmpty else { throw InputError("no row depends on a figure of \(machine.name)", in: table.name) }
    guard rows.count >= told.count else {
      let names = told.map(\.name).joined(separator: ", ")
      throw InputError("\(rows.count) rows cannot tell \(told.count) figures: \(names)", in: table.name, status: .usage)
    }
    let result = try FitSearch(
      rows: prepared, kind: table.kind, machine: machine, startingAt: start, otherStarts: Self.otherStarts
    ).best()
    var cluster = result.cluster.notValidated(for: table.kind)
    cluster.name = "\(machine.name)-fitted-to-\(Self.baseName(of: table.name))"
    // A machine of any size is as large as what was measured on it.
    let most = rows.map(\.ranks).max() ?? cluster.ranks
    if cluster.ranks == Cluster.maximumRanks { cluster = try cluster.resized(ranks: most) }
    self.cluster = cluster
    estimates = result.estimates
    untold = result.untold
    let residuals = try prepared.predictions { _ in cluster }
    file = ClusterFile(
      cluster,
      comments: ["Fitted to \(rows.count) measurements in \(table.name).", "\(table.source)."]
        + Self.describe(estimates, untold, machine) + Self.describe(residuals))
  }

  /// The last part of a path, without its extension.
  private static func baseName(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.hasSuffix(".csv") ? String(name.dropLast(4)) : name
  }

  private static func describe(_ estimates: [Estimate], _ untold: [String], _ machine: Cluster) -> [String] {
    let errors = estimates.map { estimate in
      estimate.standardError.map { "\(estimate.name) ± \(percent($0)) %" } ?? "\(estimate.name) at its limit"
    }
    let kept = "No row tells, as in \(machine.name): \(untold.joined(separator: ", "))."
    return ["Standard errors: \(errors.joined(separator: ", "))."] + (untold.isEmpty ? [] : [kept])
  }

  /// A line per operation and number of ranks: mean and largest |error|.
  private static func describe(_ residuals: [Prediction]) -> [String] {
    let groups = Dictionary(grouping: residuals) { "\($0.row.operation.rawValue), \($0.row.ranks) ranks" }
    return groups.sorted { $0.key < $1.key }.map { name, predictions in
      let summary = ErrorSummary(label: name, predictions: predictions)
      let (mean, most) = (percent(summary.mean), percent(summary.maximum))
      return "\(name): mean error \(mean) %, largest \(most) % over \(summary.rows) rows"
    }
  }

  private static func percent(_ fraction: Double) -> Double { (fraction * 1000).rounded() / 10 }
}

extension MeasurementTable {
  /// Whether a fit goes by the row: those marked as fitted, or when none is, all but the suspect ones.
  var isForFit: (Row) -> Bool {
    let isMarked = rows.contains { $0.use == .fitted }
    return { isMarked ? $0.use == .fitted : $0.use != .suspect }
  }
}

extension Cluster {
  /// What the old figures were off says nothing of others.
  fileprivate func notValidated(for kind: MeasurementKind) -> Cluster {
    var copy = self
    if kind.hasTraffic { copy.uncertainty.communication = .notValidated }
    guard kind.hasExperts else { return copy }
    copy.uncertainty.experts = .notValidated
    for format in ExpertFormat.allCases { copy.experts?.byFormat[format]?.error = .notValidated }
    return copy
  }
}
