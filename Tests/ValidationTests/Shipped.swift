import Diagnostics
import Foundation
import PerformanceModel
import Validation

/// The files that ship, and small machines and models.
enum Shipped {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  static func cluster(_ name: String) throws -> Cluster {
    try Cluster(settings: Settings(parsing: text("clusters/\(name).yaml"), name: name))
  }

  static func model(_ name: String) throws -> ModelShape {
    try ModelShape(settings: Settings(parsing: text("models/\(name).yaml"), name: name))
  }

  static func machine(_ name: MachineName) throws -> Machine {
    guard let cluster = name.cluster else { throw InputError("no cluster") }
    return Machine(try self.cluster(cluster))
  }

  static func validated(_ name: String, by columns: [String] = []) throws -> ValidatedTable {
    let text = try text("validation/\(name).csv")
    return try ValidatedTable(
      of: MeasurementTable(csv: text, name: name, machine: machine, model: model), by: columns)
  }

  static let testCluster = Cluster(
    name: "test", ranks: 32, ranksPerNode: 8, copies: .direct,
    scaleUp: Link(dispatchBandwidth: 2e5, combineBandwidth: 1.5e5, dispatchLatency: 13, combineLatency: 9),
    scaleOut: Link(dispatchBandwidth: 4.5e4, combineBandwidth: 4e4, dispatchLatency: 25, combineLatency: 27))

  static let testGPU = GPU(
    memory: 8e10, hbm: 3e6, bf16: 1e9, hbmEfficiency: 1, mathEfficiency: 1, launch: 6, decodeLaunch: 10, tile: 128,
    smoothness: 1.5)

  /// Sizes of DeepSeek-V3: 256 experts in 8 groups, top-8.
  static let testModel = ModelShape(
    name: "test", layers: 61, moeLayers: 58, experts: 256, topK: 8, groups: 8, groupsPerToken: 8, hidden: 7168,
    expertIntermediate: 2048, weights: .fp8, payload: Payload(dispatchBytes: 7392, combineBytes: 14336))

  /// The test cluster with a GPU, as one node.
  static var node: Cluster {
    var cluster = testCluster
    cluster.gpu = testGPU
    cluster.ranksPerNode = 32
    return cluster
  }

  /// A table whose front matter is these lines.
  static func table(
    _ front: String, _ rows: String, cluster: Cluster = testCluster, model: ModelShape = testModel,
    context: Int? = nil
  ) throws -> MeasurementTable {
    let lines = "source: made up\n\(front)".split(separator: "\n").map { "# \($0)\n" }.joined()
    return try MeasurementTable(
      csv: lines + rows, name: "t.csv", machine: { _ in Machine(cluster) }, model: { _ in model }, context: context)
  }
}
