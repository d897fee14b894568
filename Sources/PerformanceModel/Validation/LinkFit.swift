import Diagnostics

/// Latency, bandwidth and floor of a cluster's links, fitted to a measurement table by least squares of relative errors.
///
/// Per operation and level: T = max(floor, α + bytes/B), with one B for the level and one α per number of ranks that has
/// at least three rows (else one for all). Rows of one node fit scale-up; rows of several fit scale-out where the NIC is
/// the busier port at the figures found so far. A floor is kept when it takes a fifth off the squared error. A level
/// without rows keeps the table's figures.
public struct LinkFit: Sendable {
  /// The table's cluster with the fitted links.
  public let cluster: Cluster
  private let found: Set<Level>
  /// A cluster file with the fitted links, its residuals in comments.
  public let file: ClusterFile

  /// Fits the rows marked as fitted; when none is, all but the suspect ones.
  ///
  /// - Throws: `InputError` when the table is not of All-to-Alls or its cluster has no ports.
  public init(table: MeasurementTable) throws {
    let isMarked = table.rows.contains { $0.use == .fitted }
    try self.init(table: table) { isMarked ? $0.use == .fitted : $0.use != .suspect }
  }

  /// - Throws: `InputError` when the table is not of All-to-Alls or its cluster has no ports.
  init(table: MeasurementTable, using isIncluded: (MeasurementTable.Row) -> Bool) throws {
    guard table.kind == .allToAll else {
      throw InputError("not a table of All-to-Alls, nothing to fit links to", in: table.name, status: .usage)
    }
    var cluster = table.cluster
    guard var scaleUp = cluster.scaleUp else {
      throw InputError("no scaleUp to fit", in: cluster.name, status: .usage)
    }
    var found: Set<Level> = []
    let included = table.rows.filter(isIncluded)
    for operation in [MeasurementTable.Operation.dispatch, .combine] {
      let rows = included.filter { $0.operation == operation }
      let loads = try rows.map { try table.load(of: $0) }
      let inside = zip(rows, loads).filter { $0.1.nodes == 1 }.map { Sample(row: $0, bytes: $1.scaleUp) }
      if let level = LevelFit(inside) {
        scaleUp.adopt(level, operation)
        found.insert(.init(operation: operation, isScaleOut: false))
      }
      guard var scaleOut = cluster.scaleOut else { continue }
      // Which port is busier depends on the bandwidths, and these on which rows count; a few passes settle it.
      for _ in 0..<5 {
        let outside = zip(rows, loads).filter { row, load in
          load.nodes > 1
            && load.scaleOut / scaleOut.bandwidth(operation) >= load.scaleUp / scaleUp.bandwidth(operation)
        }
        guard let level = LevelFit(outside.map { Sample(row: $0, bytes: $1.scaleOut) }) else { break }
        scaleOut.adopt(level, operation)
        found.insert(.init(operation: operation, isScaleOut: true))
      }
      cluster.scaleOut = scaleOut
    }
    cluster.scaleUp = scaleUp
    cluster.overhead = .none
    self.cluster = cluster
    self.found = found
    let residuals = try table.predictions(on: cluster).filter { isIncluded($0.row) }
    let comments = ["Links fitted to \(included.count) measurements in \(table.name)", table.source].map { "\($0)." }
    file = ClusterFile(cluster, comments: comments + Self.describe(residuals))
  }
}

extension LinkFit {
  private struct Level: Hashable {
    var operation: MeasurementTable.Operation
    var isScaleOut: Bool
  }

  /// True when the fit found the level that rows of so many nodes need, rather than keeping the table's figures.
  func covers(_ operation: MeasurementTable.Operation, nodes: Int) -> Bool {
    found.contains(Level(operation: operation, isScaleOut: nodes > 1))
  }

  /// A line per operation and number of ranks: mean and largest |error|.
  fileprivate static func describe(_ residuals: [Validation.Prediction]) -> [String] {
    let groups = Dictionary(grouping: residuals) { "\($0.row.operation.rawValue), \($0.row.ranks) ranks" }
    return groups.sorted { $0.key < $1.key }.map { name, predictions in
      let summary = Validation.Summary(label: name, errors: predictions.map(\.error))
      let percent = [summary.mean, summary.maximum].map { ($0 * 1000).rounded() / 10 }
      return "\(name): mean error \(percent[0]) %, largest \(percent[1]) % over \(summary.rows) rows"
    }
  }
}

/// Bytes at the busiest port of a level, and the time they took.
private struct Sample {
  let ranks: Int
  let bytes: Double
  let measured: Double

  init(row: MeasurementTable.Row, bytes: Double) {
    ranks = row.ranks
    self.bytes = bytes
    measured = row.measured
  }
}

/// T = max(floor, α(ranks) + slope · bytes).
private struct LevelFit {
  let latency: Latency
  let bandwidth: Double
  let floor: Double

  /// Nil when the samples do not tell a slope.
  init?(_ samples: [Sample]) {
    guard let plain = Self.line(samples) else { return nil }
    var best = (line: plain, floor: 0.0, error: Self.error(of: plain, floor: 0, on: samples))
    let threshold = 0.8 * best.error
    // Candidates for the floor: the few smallest loads lie on it, the others on the line.
    for cut in Set(samples.map(\.bytes)).sorted().dropFirst().prefix(samples.count / 2) {
      let (low, high) = (samples.filter { $0.bytes < cut }, samples.filter { $0.bytes >= cut })
      guard let line = Self.line(high) else { continue }
      let floor = low.reduce(0) { $0 + 1 / $1.measured } / low.reduce(0) { $0 + 1 / ($1.measured * $1.measured) }
      let error = Self.error(of: line, floor: floor, on: samples)
      if error < min(threshold, best.error) { best = (line, floor, error) }
    }
    latency = best.line.latency
    bandwidth = 1 / best.line.slope
    floor = best.floor
  }

  /// Weighted least squares with a common slope and an intercept per number of ranks; intercepts stay at or above 0.
  private static func line(_ samples: [Sample]) -> (latency: Latency, slope: Double)? {
    let bySize = Dictionary(grouping: samples, by: \.ranks)
    // In the order of sizes, so that sums come out the same in every run.
    let ofSizes = bySize.sorted { $0.key < $1.key }.map(\.value)
    let groups = ofSizes.allSatisfy { $0.count >= 3 } ? ofSizes : [samples]
    var (covariance, variance) = (0.0, 0.0)
    for group in groups {
      let mean = centre(of: group)
      for sample in group {
        let weight = 1 / (sample.measured * sample.measured)
        covariance += weight * (sample.bytes - mean.bytes) * (sample.measured - mean.measured)
        variance += weight * (sample.bytes - mean.bytes) * (sample.bytes - mean.bytes)
      }
    }
    guard variance > 0, covariance > 0 else { return nil }
    let slope = covariance / variance
    let points = groups.map { group in
      let mean = centre(of: group)
      return Latency.Point(
        ranks: group.map(\.ranks).max() ?? 1, microseconds: max(0, mean.measured - slope * mean.bytes))
    }
    return (Latency(points: points), slope)
  }

  /// Means weighted so that every row's relative error counts alike.
  private static func centre(of samples: [Sample]) -> (bytes: Double, measured: Double) {
    let weights = samples.map { 1 / ($0.measured * $0.measured) }
    let total = weights.reduce(0, +)
    let sum = zip(samples, weights).reduce((bytes: 0.0, measured: 0.0)) {
      ($0.bytes + $1.1 * $1.0.bytes, $0.measured + $1.1 * $1.0.measured)
    }
    return (sum.bytes / total, sum.measured / total)
  }

  private static func error(
    of line: (latency: Latency, slope: Double), floor: Double, on samples: [Sample]
  ) -> Double {
    samples.reduce(0) { sum, sample in
      let predicted = max(floor, line.latency.microseconds(ranks: sample.ranks) + line.slope * sample.bytes)
      let relative = predicted / sample.measured - 1
      return sum + relative * relative
    }
  }
}

extension Link {
  fileprivate func bandwidth(_ operation: MeasurementTable.Operation) -> Double {
    operation == .dispatch ? dispatchBandwidth : combineBandwidth
  }

  fileprivate mutating func adopt(_ level: LevelFit, _ operation: MeasurementTable.Operation) {
    halfSize = 0
    if operation == .dispatch {
      (dispatchLatency, dispatchBandwidth, dispatchFloor) = (level.latency, level.bandwidth, level.floor)
    } else {
      (combineLatency, combineBandwidth, combineFloor) = (level.latency, level.bandwidth, level.floor)
    }
  }
}

extension MeasurementTable {
  /// Bytes at the busiest scale-up port and NIC of a row, and the nodes it spans.
  fileprivate func load(of row: Row) throws -> (scaleUp: Double, scaleOut: Double, nodes: Int) {
    let sized = try sized(cluster, for: row)
    let copies = GateExpectation(experts: row.experts, topK: model.topK, gate: gate)
      .traffic(ranks: sized.ranks, ranksPerNode: sized.ranksPerNode, tokensPerRank: Double(row.tokens))
      .portCopies(cluster.copies)
    let bytes = row.operation == .dispatch ? model.payload.dispatchBytes : model.payload.combineBytes ?? 0
    return (copies.maximumScaleUp * bytes, copies.maximumScaleOut * bytes, sized.nodes)
  }
}
