import Diagnostics
import Files
import Foundation

/// Digests by which jobs and replays of a study are known: of everything that their results depend on, so that equal ones
/// are equal results, whoever ran them.
package struct StudyIdentity {
  private let manifest: StudyManifest
  private let traces: [String: StudyManifest.Trace]
  package var baseline: String { manifest.baseline }
  /// Of what all jobs have in common.
  private let common: String

  package init(of manifest: StudyManifest) throws {
    self.manifest = manifest
    traces = Dictionary(manifest.traces.map { ($0.name, $0) }) { first, _ in first }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let options = String(decoding: try encoder.encode(manifest.options), as: UTF8.self)
    common = [manifest.tool, options, manifest.policies[manifest.baseline] ?? ""].joined(separator: "\n")
  }

  /// - Throws: `InputError` for a job that names what the manifest's first line does not.
  package func of(_ job: StudyJob) throws(InputError) -> String {
    Self.digest(
      try ([setting(of: job)] + job.policies.map { name throws(InputError) in try digest(of: name) })
        .joined(separator: "\n"))
  }

  /// Of one replay of a job: a row of the results.
  package func of(_ policy: String, in job: StudyJob) throws(InputError) -> String {
    Self.digest(try setting(of: job) + "\n" + digest(of: policy))
  }

  private func digest(of policy: String) throws(InputError) -> String {
    guard let digest = manifest.policies[policy] else { throw Self.unknown("policy", policy, manifest.policies.keys) }
    return digest
  }

  private func setting(of job: StudyJob) throws(InputError) -> String {
    guard let trace = traces[job.trace] else { throw Self.unknown("trace", job.trace, traces.keys) }
    guard let cluster = manifest.clusters[job.cluster] else {
      throw Self.unknown("cluster", job.cluster, manifest.clusters.keys)
    }
    guard let model = manifest.models[job.model] else { throw Self.unknown("model", job.model, manifest.models.keys) }
    return [common, trace.digest, cluster, String(job.ranks), model, job.phase ?? "", String(job.seed)]
      .joined(separator: "\n")
  }

  private static func unknown(_ noun: String, _ name: String, _ names: some Sequence<String>) -> InputError {
    InputError("\(noun) '\(name)' is not in the manifest's first line\(suggestion(for: name, in: names))")
  }

  /// 96 bits: among 10⁹ replays two are the same by chance once in 10¹¹.
  static func digest(_ text: String) -> String {
    var hash = SHA256()
    hash.update(Array(text.utf8))
    return String(hash.hexadecimal().prefix(24))
  }
}
