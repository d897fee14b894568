import Diagnostics
import Files
import Foundation
import LoadBalancing
import PerformanceModel
import Presets
import RoutingTrace
import Workloads

/// A study with every name looked up, ready to be written out job by job.
public struct StudyPlan {
  /// Policies of a job, unless told otherwise: more share a decoding, fewer lose less when a job is interrupted.
  public static let usualBundle = 64

  public private(set) var manifest: StudyManifest
  private let file: StudyFile
  private let bundle: Int
  /// Policies whose layers can be replayed apart.
  private let decidedAtOnce: Set<String>
  /// Jobs that a job is cut into between its layers, where that can be; by trace.
  private let shards: [String: Int]
  /// `[clusters]` the rank counts of each.
  private let machines: [(cluster: String, ranks: [Int])]
  /// `[traces]` the models of each.
  private let models: [[String]]

  /// - Parameters:
  ///   - bundle: policies of a job, at most.
  ///   - layerShards: jobs between which the layers of a trace are shared out, under policies whose layers do not depend
  ///     on each other; 1 for none.
  /// - Throws: `InputError`: what a trace, cluster, model, workload or policy is wrong in; two policies of one name.
  public init(_ file: StudyFile, bundle: Int = Self.usualBundle, layerShards: Int = 1) throws {
    precondition(bundle >= 1 && layerShards >= 1)
    guard !(file.traces + file.workloads).isEmpty else {
      throw InputError(
        "no traces, and no workloads to generate them; name recordings with --trace", in: "study \(file.name)",
        status: .usage)
    }
    self.file = file
    self.bundle = bundle
    let sources =
      try file.traces.map { (trace: try Self.file($0), header: try SelectedTrace([$0]).open(digesting: false).header) }
      + file.workloads.map(Self.workload)
    try Self.checkBytes(sources.map(\.trace))
    models = try sources.map { source in
      try file.models.map { try $0 ?? ModelShape(fitting: source.header).name }
    }
    let clusters = try file.clusters.map { (name: $0, found: try PresetDigest.cluster($0)) }
    machines = clusters.map { name, found in (name, file.ranks.map { $0 ?? found.machine.ranks }) }
    let policies = try ([file.baseline] + file.policies).map { (name: $0, found: try PresetDigest.policy($0)) }
    try Self.checkNames(policies.map { ($0.name, $0.found.policy.name) })
    shards = Dictionary(sources.map { ($0.trace.name, min(layerShards, $0.header.layers)) }) { first, _ in first }
    decidedAtOnce = Set(policies.filter { $0.found.policy.hasLayersApart }.map(\.name))
    if layerShards > 1, !decidedAtOnce.contains(file.baseline) {
      throw InputError(
        "plans on the way, so that layers cannot be replayed apart, and is the baseline of all",
        in: "policy \(file.baseline)", status: .usage)
    }
    manifest = StudyManifest(
      study: file.name, tool: expertReplayVersion, baseline: file.baseline, options: file.options,
      traces: sources.map(\.trace),
      clusters: Dictionary(clusters.map { ($0.name, $0.found.digest) }) { first, _ in first },
      models: try Dictionary(Set(models.joined()).map { ($0, try PresetDigest.model($0).digest) }) { first, _ in first
      },
      policies: Dictionary(policies.map { ($0.name, $0.found.digest) }) { first, _ in first }, jobs: 0, replays: 0)
    var outcomes = 0
    try forEachNameless { job, shards in
      manifest.jobs += shards
      outcomes += 1
      manifest.replays += job.policies.count
    }
    if outcomes < manifest.jobs { manifest.outcomes = outcomes }
    guard manifest.jobs > 0 else {
      throw InputError("everything is excluded", in: "study \(file.name)", status: .usage)
    }
  }

  private static func file(_ path: String) throws -> StudyManifest.Trace {
    let (digest, bytes) = try StudyRecording.digest(path)
    return StudyManifest.Trace(name: path, kind: .file, digest: digest, bytes: bytes)
  }

  private static func workload(_ name: String) throws -> (trace: StudyManifest.Trace, header: TraceHeader) {
    let found = try PresetDigest.workload(name)
    return (
      StudyManifest.Trace(name: name, kind: .workload, digest: found.digest, bytes: found.workload.visits),
      found.workload.header
    )
  }

  /// Results are known by the bytes that they were made from.
  private static func checkBytes(_ traces: [StudyManifest.Trace]) throws(InputError) {
    var seen: [String: String] = [:]
    for trace in traces {
      if let other = seen.updateValue(trace.name, forKey: trace.digest) {
        throw InputError("holds the same bytes as \(other); name one of them", in: trace.name, status: .usage)
      }
    }
  }

  /// A result tells policies by the names in their files, with what was changed.
  private static func checkNames(_ names: [(typed: String, own: String)]) throws(InputError) {
    var seen: [String: String] = [:]
    for (typed, own) in names {
      if let other = seen.updateValue(typed, forKey: own) {
        throw InputError("'\(other)' and '\(typed)' are both named '\(own)'", in: "policies", status: .usage)
      }
    }
  }

  /// Every job in the manifest's order: traces, then models, phases, seeds, clusters, ranks, bundles of policies.
  public func forEachJob(_ body: (StudyJob) throws -> Void) throws {
    let identity = try StudyIdentity(of: manifest)
    try forEachNameless { job, shards in
      var job = job
      job.job = try identity.of(job)
      guard shards > 1 else { return try body(job) }
      for number in 0..<shards { try body(job.shard(number, of: shards)) }
    }
  }

  /// - Parameter body: given a job, and how many shards it is cut into.
  private func forEachNameless(_ body: (StudyJob, Int) throws -> Void) throws {
    let choosesPolicies = file.exclusions.contains(where: \.namesPolicies)
    for (index, trace) in manifest.traces.enumerated() {
      for model in models[index] {
        for phase in file.phases {
          for seed in file.seeds {
            for machine in machines {
              for ranks in machine.ranks {
                var job = StudyJob(
                  job: "", trace: trace.name, cluster: machine.cluster, ranks: ranks, model: model, phase: phase,
                  seed: seed, policies: [])
                let values = job.values
                guard !file.exclusions.contains(where: { $0.excludes(values) }) else { continue }
                let policies = choosesPolicies ? file.policies.filter { !isExcluded($0, values) } : file.policies
                for (policies, shards) in bundles(of: policies, replaying: trace.name) {
                  job.policies = policies
                  try body(job, shards)
                }
              }
            }
          }
        }
      }
    }
  }

  /// Policies by jobs, and how many shards each job is cut into.
  private func bundles(of policies: [String], replaying trace: String) -> [(policies: [String], shards: Int)] {
    let shards = shards[trace, default: 1]
    let apart = shards > 1 ? policies.filter(decidedAtOnce.contains) : []
    let together = apart.isEmpty ? policies : policies.filter { !decidedAtOnce.contains($0) }
    return [(apart, shards), (together, 1)].flatMap { policies, shards in
      stride(from: 0, to: policies.count, by: bundle).map { start in
        (Array(policies[start..<min(start + bundle, policies.count)]), shards)
      }
    }
  }

  private func isExcluded(_ policy: String, _ values: [String: String]) -> Bool {
    let values = values.merging(["policy": policy]) { $1 }
    return file.exclusions.contains { $0.excludes(values) }
  }

  /// Writes the manifest: JSON Lines, the header first, then a line for each job.
  public func write(to path: String) throws {
    let output = try OutputFile(path: path)
    let counter = WorkProgress.begin("planning", .jobs, total: manifest.jobs)
    defer { counter?.end() }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var lines = try encoder.encode(manifest) + [0x0A]
    try forEachJob { job in
      lines += try encoder.encode(job) + [0x0A]
      counter?.advance()
      if lines.count > 1 << 20 {
        try output.write(lines)
        lines.removeAll(keepingCapacity: true)
      }
    }
    try output.write(lines)
    try output.commit()
  }
}
