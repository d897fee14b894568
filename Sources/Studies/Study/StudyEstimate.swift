import Diagnostics
import Foundation

/// About how long a study takes, and how large its results are, from a few jobs that were timed.
public struct StudyEstimate: Sendable {
  /// Policies of a job that is timed, at most.
  private static let mostPolicies = 3

  public let sampled: Int
  /// Of one core.
  public let coreSeconds: Double
  /// Of all outcomes.
  public let bytes: Double

  /// Times jobs at equal distances; what they find is thrown away, but recordings generated for them stay in the folder.
  ///
  /// - Parameters:
  ///   - count: of jobs, 1 or more.
  ///   - folder: of the results to be.
  /// - Throws: `InputError`: what a job's trace or presets are wrong in.
  public init(of plan: StudyPlan, sampling count: Int, folder: String) throws {
    let manifest = plan.manifest
    let bytes = Dictionary(manifest.traces.map { ($0.name, Double($0.bytes)) }) { first, _ in first }
    let chosen = Set((0..<count).map { (2 * $0 + 1) * manifest.jobs / (2 * count) })
    var (jobs, whole, number) = ([StudyJob](), 0.0, 0)
    func weight(of job: StudyJob) -> Double {
      (bytes[job.trace] ?? 0) * Double(job.policies.count + 2) / Double(job.shard?.count ?? 1)
    }
    try plan.forEachJob { job in
      whole += weight(of: job)
      if chosen.contains(number) { jobs.append(job) }
      number += 1
    }
    let counter = WorkProgress.begin("timing", .jobs, total: jobs.count)
    defer { counter?.end() }
    let worker = StudyWorker(manifest, folder: try StudyFolder(making: folder, for: manifest))
    var (seconds, sampledWeight, written, replays) = (0.0, 0.0, 0, 0)
    for job in jobs {
      var small = job.whole
      small.policies = Array(job.policies.prefix(Self.mostPolicies))
      try worker.prepare(small)
      let start = ContinuousClock.now
      let outcome = try worker.outcome(of: small, threads: 1)
      seconds += (ContinuousClock.now - start) / .seconds(1)
      sampledWeight += weight(of: small)
      written += try StudyFolder.stored(outcome).count
      replays += small.policies.count
      counter?.advance()
    }
    sampled = jobs.count
    coreSeconds = sampledWeight > 0 ? seconds * whole / sampledWeight : 0
    self.bytes = replays > 0 ? Double(written) / Double(replays) * Double(manifest.replays) : 0
  }
}
