import Diagnostics
import PerformanceModel

/// Latency, bandwidth and floor of a cluster's links, fitted to a measurement table by least squares of relative errors.
///
/// Per operation and level: T = max(floor, α + bytes/B), with one B for the level and one α per number of ranks that has
/// at least three rows (else one for all). Rows of one node fit scale-up; rows of several fit scale-out where the NIC is
/// the busier port, else scale-up if no row of one node tells it. Which port is busier depends on the bandwidths, so the
/// fit starts from the table's own figures and from NICs of 1 to 1/256 of the scale-up bandwidth, and the start that ends
/// with the least error wins. A floor is kept when it takes a fifth off the squared error. A level without rows keeps the
/// table's figures.
public struct LinkFit: Sendable {
  /// The table's cluster with the fitted links.
  public let cluster: Cluster
  /// What no row tells, which is as the table's cluster has it, such as `scaleOut.combineBandwidth`.
  public let untold: [String]
  private let found: Set<Level>

  /// NICs' parts of the scale-up bandwidth that fits start from.
  private static let startingParts = (0...8).map { 1 / Double(1 << $0) }
  /// A start has to end with this part of the best error to take its place, so that what differs in rounding does not.
  private static let clearlyLess = 0.999

  /// Whether a table of the kind tells the machine's links so: its kernels do nothing but send.
  static func isFor(_ machine: Cluster, _ kind: MeasurementKind) -> Bool {
    kind.name == MeasurementKind.allToAll.name && machine.work == .none
      && machine.scaleUp.map { $0.small == nil } == true
  }

  /// Fits the rows marked as fitted; when none is, all but the suspect ones.
  ///
  /// - Throws: `InputError` when the table is not of All-to-Alls or its cluster has no ports.
  public init(table: MeasurementTable) throws { try self.init(table: table, using: table.isForFit) }

  /// - Throws: `InputError` when the table is not of All-to-Alls or its cluster has no ports.
  init(table: MeasurementTable, using isIncluded: (MeasurementTable.Row) -> Bool) throws {
    guard table.kind.name == MeasurementKind.allToAll.name else {
      throw InputError("not a table of All-to-Alls, nothing to fit links to", in: table.name, status: .usage)
    }
    let start = try table.onlyMachine
    guard start.scaleUp != nil else { throw InputError("no scaleUp to fit", in: start.name, status: .usage) }
    var cluster = start
    cluster.overhead = .none
    cluster.uncertainty.communication = .notValidated
    var found: Set<Level> = []
    let included = table.rows.filter(isIncluded)
    for operation in [MeasurementTable.Operation.dispatch, .combine] {
      let rows = try included.filter { $0.operation == operation }
        .map { try LoadedRow(row: $0, load: table.load(of: $0, on: start)) }
      let attempts = try Self.startingBandwidths(cluster, operation).map { bandwidth in
        var attempt = Self.fit(rows, operation, cluster, startingFrom: bandwidth)
        attempt.error = try table.predictions(of: rows.map(\.row), on: [attempt.cluster])
          .reduce(0) { $0 + $1.error * $1.error }
        return attempt
      }
      guard let best = Self.best(of: attempts) else { continue }
      cluster.scaleUp = best.cluster.scaleUp
      cluster.scaleOut = best.cluster.scaleOut
      found.formUnion(best.found)
    }
    self.cluster = cluster
    self.found = found
    untold = Self.untold(cluster, found)
  }
}

extension LinkFit {
  private struct Level: Hashable {
    var operation: MeasurementTable.Operation
    var isScaleOut: Bool
  }

  /// A row, and the bytes at its busiest ports.
  private struct LoadedRow {
    var row: MeasurementTable.Row
    var load: (scaleUp: Double, scaleOut: Double, nodes: Int)
  }

  /// Where one start has led.
  private struct Attempt {
    var cluster: Cluster
    var found: Set<Level> = []
    /// Σ of squared relative errors of the rows.
    var error = 0.0
  }

  /// Of the NIC; the cluster's own first.
  private static func startingBandwidths(_ cluster: Cluster, _ operation: MeasurementTable.Operation) -> [Double] {
    guard let scaleUp = cluster.scaleUp, let scaleOut = cluster.scaleOut else { return [0] }
    return [scaleOut.bandwidth(operation)] + startingParts.map { $0 * scaleUp.bandwidth(operation) }
  }

  private static func best(of attempts: [Attempt]) -> Attempt? {
    guard var best = attempts.first else { return nil }
    for attempt in attempts.dropFirst()
    where attempt.found.count >= best.found.count && attempt.error < clearlyLess * best.error
      || attempt.found.count > best.found.count && attempt.error <= best.error
    {
      best = attempt
    }
    return best
  }

  /// - Parameter start: of the NIC, by which rows are first told apart.
  private static func fit(
    _ rows: [LoadedRow], _ operation: MeasurementTable.Operation, _ cluster: Cluster, startingFrom start: Double
  ) -> Attempt {
    var attempt = Attempt(cluster: cluster)
    guard var scaleUp = cluster.scaleUp else { return attempt }
    let (up, out) = (Level(operation: operation, isScaleOut: false), Level(operation: operation, isScaleOut: true))
    let inside = rows.filter { $0.load.nodes == 1 }
    if let level = LevelFit(inside.map { LevelSample(row: $0.row, bytes: $0.load.scaleUp) }) {
      scaleUp.adopt(level, operation)
      attempt.found.insert(up)
    }
    let isToldByOneNode = attempt.found.contains(up)
    if var scaleOut = cluster.scaleOut {
      var bandwidth = start
      // Which rows count depends on what they give; a few passes settle it.
      for _ in 0..<5 {
        let outside = rows.filter { $0.load.nodes > 1 }
        let busier = outside.filter {
          $0.load.scaleOut / bandwidth >= $0.load.scaleUp / scaleUp.bandwidth(operation)
        }
        if !isToldByOneNode {
          let others = outside.filter {
            $0.load.scaleOut / bandwidth < $0.load.scaleUp / scaleUp.bandwidth(operation)
          }
          if let level = LevelFit(others.map { LevelSample(row: $0.row, bytes: $0.load.scaleUp) }) {
            scaleUp.adopt(level, operation)
            attempt.found.insert(up)
          }
        }
        guard let level = LevelFit(busier.map { LevelSample(row: $0.row, bytes: $0.load.scaleOut) }) else { break }
        scaleOut.adopt(level, operation)
        bandwidth = level.bandwidth
        attempt.found.insert(out)
      }
      attempt.cluster.scaleOut = scaleOut
    }
    attempt.cluster.scaleUp = scaleUp
    return attempt
  }

  /// True when the fit found the level that rows of so many nodes need, rather than keeping the table's figures.
  func covers(_ operation: MeasurementTable.Operation, nodes: Int) -> Bool {
    found.contains(Level(operation: operation, isScaleOut: nodes > 1))
  }

  /// Figures of the links that the rows left as they were.
  private static func untold(_ cluster: Cluster, _ found: Set<Level>) -> [String] {
    var untold: [String] = []
    for (name, isScaleOut) in [("scaleUp", false), ("scaleOut", true)] where !isScaleOut || cluster.scaleOut != nil {
      for operation in [MeasurementTable.Operation.dispatch, .combine]
      where !found.contains(Level(operation: operation, isScaleOut: isScaleOut)) {
        untold += ["Bandwidth", "Latency", "Floor"].map { "\(name).\(operation.rawValue)\($0)" }
      }
    }
    return untold
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
  fileprivate func load(of row: Row, on cluster: Cluster) throws -> (scaleUp: Double, scaleOut: Double, nodes: Int) {
    let sized = try cluster.resized(ranks: row.ranks)
    let copies = try RowTraffic(row: row, cluster: sized, gate: gate, draw: row.load.draws.first).traffic
      .portCopies(sized.copies)
    let payload = row.model.payload
    let bytes = row.operation == .dispatch ? payload.dispatchBytes : payload.combineBytes ?? 0
    return (copies.maximumScaleUp * bytes, copies.maximumScaleOut * bytes, sized.nodes)
  }
}
