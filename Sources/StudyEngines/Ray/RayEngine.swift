import Diagnostics
import Files
import Foundation

/// Ray (ray.io), by way of `python/expert_replay/ray_engine`, which this process becomes.
struct RayEngine: StudyEngine {
  private static let module = "python/expert_replay/ray_engine"

  func run(_ submission: StudySubmission, progress: @escaping (SubmissionProgress) -> Void) throws -> MissingOutcomes? {
    let environment = ProcessInfo.processInfo.environment
    let python = try ExternalProgram(
      environment["EXPERT_REPLAY_PYTHON"].flatMap { $0.isEmpty ? nil : $0 } ?? "python3",
      hint: "Ray needs Python; install it, or name it in EXPERT_REPLAY_PYTHON")
    var changes: [String: String] = [:]
    if let root = Catalog.defaultRoots.first(where: { FileManager.default.fileExists(atPath: "\($0)/\(Self.module)") })
    {
      let folder = URL(fileURLWithPath: "\(root)/python").standardizedFileURL.path
      changes["PYTHONPATH"] = [folder, environment["PYTHONPATH"] ?? ""].filter { !$0.isEmpty }.joined(separator: ":")
    } else if (try? python.run(["-c", "import expert_replay.ray_engine"])) == nil {
      throw InputError(
        "the Python package expert_replay is not installed: pip install 'expert-replay[ray]'", in: python.path,
        status: .missing)
    }
    try python.replaceThisProcess(arguments(for: submission), environment: changes)
  }

  func arguments(for submission: StudySubmission) -> [String] {
    [
      "-m", "expert_replay.ray_engine", submission.manifest, "--results", submission.results, "--store",
      submission.store, "--binary", Bundle.main.executablePath ?? CommandLine.arguments[0], "--retries",
      String(submission.retries),
    ] + (submission.workers.map { ["--workers", String($0)] } ?? []) + submission.options
  }

  func cancel(_ submission: StudySubmission) throws {
    throw InputError(
      "Ray's tasks end with the command that submitted them: interrupt that", in: "--cancel", status: .usage)
  }
}
