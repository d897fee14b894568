import Diagnostics
import Foundation

/// Ray (ray.io), by way of `python/expert_replay/ray_engine`, which this process becomes.
struct RayEngine: StudyEngine {
  func run(_ submission: StudySubmission, progress: @escaping (SubmissionProgress) -> Void) throws -> MissingOutcomes? {
    try PythonModule(name: "ray_engine", purpose: "Ray", extra: "ray")
      .replaceThisProcess(arguments(for: submission))
  }

  func arguments(for submission: StudySubmission) -> [String] {
    [
      submission.manifest, "--results", submission.results, "--store", submission.store, "--binary",
      Bundle.main.executablePath ?? CommandLine.arguments[0], "--retries", String(submission.retries),
    ] + (submission.workers.map { ["--workers", String($0)] } ?? []) + submission.options
  }

  func cancel(_ submission: StudySubmission) throws {
    throw InputError(
      "Ray's tasks end with the command that submitted them: interrupt that", in: "--cancel", status: .usage)
  }
}
