import Diagnostics
import Files
import LoadBalancing
import PerformanceModel
import Presets
import Workloads

/// What a study's names stand for here, which is what they stood for when it was planned. Each is read once: a file may
/// change while it is used.
package final class PlannedNames: Sendable {
  private let manifest: StudyManifest
  private let machines = Guarded<[String: Machine]>([:])
  private let models = Guarded<[String: ModelShape]>([:])
  private let policies = Guarded<[String: BalancingPolicy]>([:])
  private let workloads = Guarded<[String: Workload]>([:])
  private let recordings = Guarded<[String: [FileStamp?]]>([:])

  package init(_ manifest: StudyManifest) { self.manifest = manifest }

  // Each throws `InputError`: what reading it throws; (missing) for another one than was planned with.

  package func machine(_ name: String) throws -> Machine {
    try planned(name, manifest.clusters[name], "cluster", of: machines) {
      let found = try PresetDigest.cluster(name)
      return (found.machine, found.digest)
    }
  }

  package func model(_ name: String) throws -> ModelShape {
    try planned(name, manifest.models[name], "model", of: models) {
      let found = try PresetDigest.model(name)
      return (found.model, found.digest)
    }
  }

  package func policy(_ name: String) throws -> BalancingPolicy {
    try planned(name, manifest.policies[name], "policy", of: policies) {
      let found = try PresetDigest.policy(name)
      return (found.policy, found.digest)
    }
  }

  func workload(_ trace: StudyManifest.Trace) throws -> Workload {
    try planned(trace.name, trace.digest, "workload", of: workloads) {
      let found = try PresetDigest.workload(trace.name)
      return (found.workload, found.digest)
    }
  }

  /// - Returns: what the recording was like before it was read, by which a later change is seen.
  func recording(_ trace: StudyManifest.Trace) throws -> [FileStamp?] {
    try planned(trace.name, trace.digest, "trace", of: recordings) {
      let stamps = try StudyRecording.stamps(trace.name)
      return (stamps, try StudyRecording.digest(trace.name).digest)
    }
  }

  private func planned<Value>(
    _ name: String, _ digest: String?, _ noun: String, of known: Guarded<[String: Value]>,
    read: () throws -> (value: Value, digest: String)
  ) throws -> Value {
    if let value = known.withLock({ $0[name] }) { return value }
    let found = try read()
    guard found.digest == digest else {
      throw InputError(
        "another \(noun) than the study was planned with: plan it again, or bring the same files here", in: name,
        status: .missing)
    }
    known.withLock { $0[name] = found.value }
    return found.value
  }
}
