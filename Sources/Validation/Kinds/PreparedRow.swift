import Diagnostics
import PerformanceModel

/// A row under one load: its copies, their bytes and its experts' visits, which no figure that can be fitted changes.
///
/// It is priced on the machine that it was prepared for, or on one that differs in its figures (`FitParameter`) alone.
struct PreparedRow {
  let row: MeasurementTable.Row
  /// Nil for kinds that send nothing.
  private let sent: (traffic: Traffic, payload: Payload)?
  /// Nil for kinds that compute no experts.
  private let load: RankLoad?
  /// Ranks with that load.
  private let alike: Double

  /// - Parameters:
  ///   - machine: of the row's size.
  ///   - draw: nil where the row's facts tell its load, or every expert is expected to get as much as any other.
  init(
    _ row: MeasurementTable.Row, _ kind: MeasurementKind, on machine: SizedMachine, gate: Gate, draw: DrawnLoad?
  ) throws(InputError) {
    self.row = row
    sent =
      kind.hasTraffic
      ? (
        try RowTraffic(row: row, cluster: machine.cluster, gate: gate, draw: draw).traffic,
        try machine.cluster.payload(of: row.model)
      ) : nil
    let experts = RowExperts(row: row, gate: gate, draw: draw)
    load = try machine.experts.map { compute throws(InputError) in try experts.load(on: compute) }
    alike = experts.isEven ? Double(row.ranks) : 1
  }

  /// Dispatch and combine.
  ///
  /// - Parameter isLowPrecision: whether combine's copies are in dispatch's format.
  func allToAllCost(on machine: SizedMachine, isLowPrecision: Bool = false) throws -> AllToAllCost {
    guard let model = machine.allToAll, let (traffic, payload) = sent else { return AllToAllCost() }
    let lowPrecision = Payload(
      dispatchBytes: payload.dispatchBytes, combineBytes: payload.dispatchBytes, shape: payload.shape)
    return try model.price(traffic, payload: isLowPrecision ? lowPrecision : payload)
  }

  /// Expert kernels of a layer; where the load is known or drawn, of the rank with most visits.
  func expertCost(on machine: SizedMachine) -> ExpertCost {
    guard let compute = machine.experts, let load, load.visits > 0 else { return ExpertCost() }
    var cost = compute.layerCost(
      of: load, batch: Double(row.groupTokens), isDecode: row.operation == .decode)
    cost.touchedExperts *= alike
    return cost
  }

  /// One MoE layer at the cluster's overlap.
  func layerTime(on machine: SizedMachine) throws -> (time: Double, touchedExperts: Double) {
    let communication = try allToAllCost(on: machine)
    let experts = expertCost(on: machine)
    let layer = LayerTime(
      dispatch: communication.dispatch, experts: experts.time, combine: communication.combine)
    return (layer.total(machine.cluster.overlap), experts.touchedExperts)
  }
}
