import Diagnostics
import Files
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

/// Clusters, models and policies by file or by name, as in `eplb`, `mine.yaml` or `eplb:window=16,steps=16`.
enum Presets {
  static let clusters = Catalog("clusters")
  static let models = Catalog("models")
  static let policies = Catalog("policies")
  static let workloads = Catalog("workloads")

  static func cluster(_ name: String) throws -> Cluster {
    try Cluster(settings: settings(name, in: clusters).settings)
  }

  static func model(_ name: String) throws -> ModelShape {
    try ModelShape(settings: settings(name, in: models).settings)
  }

  /// A file, and after a colon what takes the place of its values.
  static func settings(_ name: String, in catalog: Catalog) throws -> (path: String, settings: Settings) {
    var file = name
    var overrides: String?
    if let colon = name.firstIndex(of: ":"), !FileManager.default.fileExists(atPath: name) {
      file = String(name[..<colon])
      overrides = String(name[name.index(after: colon)...])
    }
    let (path, text) = try catalog.load(file)
    return (path, try Settings(parsing: text, name: path, overrides: overrides))
  }

  /// A policy; files it names are looked up beside it.
  static func policy(_ name: String) throws -> BalancingPolicy {
    let (path, settings) = try settings(name, in: policies)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    func sibling(_ file: String) -> String {
      file.hasPrefix("/") ? file : folder.appendingPathComponent(file).relativePath
    }
    return try BalancingPolicy(
      settings: settings, loadFile: { try readText(sibling($0)) },
      loadHistory: { try PlanJob.Demand(reading: sibling($0), threads: 1).load })
  }

  /// The model that a trace names, else the only one in `models/` of its experts, top-k, groups (if it says) and layers,
  /// or with more layers.
  static func model(for header: TraceHeader) throws -> ModelShape {
    if let name = header.model, models.names.contains(name) { return try model(name) }
    let fitting = try models.names.map { try model($0) }.filter { model in
      model.experts == header.experts && model.topK == header.topK ?? model.topK
        && model.groups == header.groups ?? model.groups && model.moeLayers >= header.layers
    }
    let exact = fitting.filter { $0.moeLayers == header.layers }
    if let only = exact.count == 1 ? exact.first : fitting.count == 1 ? fitting.first : nil { return only }
    let names = fitting.map(\.name).joined(separator: ", ")
    throw InputError(
      "give --model: \(fitting.isEmpty ? "none" : "several") in models/ "
        + "fit \(header.experts) experts, top-\(header.topK.map(String.init) ?? "?")\(names.isEmpty ? "" : ": \(names)")",
      in: "trace '\(header.name)'", status: .usage)
  }
}
