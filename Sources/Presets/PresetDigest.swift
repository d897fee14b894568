import Diagnostics
import Files
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import Workloads

/// SHA-256 of what a name stands for, so that another machine can tell whether it means the same there: the name and the
/// text of every file that takes part. What was parsed comes with it; its text is read after it, so that a digest that is
/// as expected vouches for what was parsed.
package enum PresetDigest {
  /// - Throws: what the policy's file, or a file that it names, gets wrong.
  package static func policy(_ name: String) throws -> (policy: BalancingPolicy, digest: String) {
    var files: [[UInt8]] = []
    let policy = try BalancingPolicy(
      settings: PresetCatalog.settings(name, in: PresetCatalog.policies).settings,
      loadPlan: {
        let plan = try WrittenPlan(reading: $0)
        files.append(try readWhole($0))
        return plan
      },
      loadHistory: {
        let load = try RecordedLoad(reading: $0, threads: 1).load
        files.append(try readWhole($0))
        return load
      })
    let written = try PresetCatalog.settings(name, in: PresetCatalog.policies).path
    return (policy, digest(of: [Array(name.utf8), try readWhole(written)] + files))
  }

  package static func cluster(_ name: String) throws -> (machine: Machine, digest: String) {
    let machine = try Machine(named: name)
    let files = PresetCatalog.files(policies: [], clusters: [name], model: "")
    return (machine, digest(of: [Array(name.utf8)] + files.map { Array($0.text.utf8) }))
  }

  package static func model(_ name: String) throws -> (model: ModelShape, digest: String) {
    let model = try ModelShape(named: name)
    return (model, digest(of: [Array(name.utf8), try text(name, in: PresetCatalog.models)]))
  }

  package static func workload(_ name: String) throws -> (workload: Workload, digest: String) {
    let workload = try Workload(named: name)
    return (workload, digest(of: [Array(name.utf8), try text(name, in: PresetCatalog.workloads)]))
  }

  private static func text(_ name: String, in catalog: Catalog) throws -> [UInt8] {
    try readWhole(PresetCatalog.settings(name, in: catalog).path)
  }

  /// Of texts and where each ends.
  private static func digest(of parts: [[UInt8]]) -> String {
    var hash = SHA256()
    for part in parts {
      hash.update(Array("\(part.count):".utf8))
      hash.update(part)
    }
    return hash.hexadecimal()
  }
}
