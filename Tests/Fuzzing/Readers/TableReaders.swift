import Diagnostics
import LoadBalancing
import PerformanceModel
import Presets
import Validation

extension FuzzedReader {
  /// Plans, matrices and tables of measurements.
  static let tableReaders = [
    FuzzedReader("plan") { bytes in try place(planFile.write(bytes)) },
    FuzzedReader("plan-archive", in: ZipContainer()) { bytes in try place(archiveFile.write(bytes)) },
    FuzzedReader("matrix") { bytes in
      let csv = try text(bytes)
      let matrix =
        choice([true, false], for: bytes)
        ? try BytesMatrix(csv: csv, name: "m.csv") : try RecordedMatrix(csv: csv, name: "m.csv").matrix
      precondition(matrix.bytes.count == matrix.ranks * matrix.ranks)
    },
    FuzzedReader("recorded-matrix") { bytes in
      let selection = choice(
        [MatrixSelection(), MatrixSelection(policy: "eplb"), MatrixSelection(step: 1, part: .combine)], for: bytes)
      _ = try RecordedMatrix(csv: text(bytes), name: "m.csv", selection: selection)
    },
    FuzzedReader("validation-table") { bytes in
      _ = try MeasurementTable(
        csv: text(bytes), name: "t.csv", machine: { try machine($0) }, model: { try model($0) })
    },
  ]

  private static let planFile = ScratchFile("plan.json")
  private static let archiveFile = ScratchFile("plan.npz")

  private static func place(_ path: String) throws {
    let plan = try WrittenPlan(reading: path)
    let ranks = plan.ranks ?? 2
    guard plan.slots <= 4096, (1...1024).contains(ranks) else { return }
    let experts = (plan.physicalToLogical[0].max() ?? 0) + 1
    guard (1...4096).contains(experts) else { return }
    let shape = PlacementShape(
      layers: plan.physicalToLogical.count, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: plan.slots)
    let placement = try plan.placement(for: shape)
    precondition(placement.layers.count == shape.layers)
  }

  nonisolated(unsafe) private static var machines: [MachineName: Result<Machine, any Error>] = [:]
  nonisolated(unsafe) private static var models: [String: Result<ModelShape, any Error>] = [:]

  /// Rows name few machines, and reading the file of one takes longer than the rest.
  private static func machine(_ name: MachineName) throws -> Machine {
    if machines.count > 1000 { machines = [:] }
    let known = machines[name] ?? Result { try Machine(name) }
    machines[name] = known
    return try known.get()
  }

  private static func model(_ name: String) throws -> ModelShape {
    if models.count > 1000 { models = [:] }
    let known = models[name] ?? Result { try ModelShape(named: name) }
    models[name] = known
    return try known.get()
  }
}
