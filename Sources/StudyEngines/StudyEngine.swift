import Diagnostics

/// What runs a study's jobs on other machines: their scheduling, queue and messages are its own.
public protocol StudyEngine: Sendable {
  /// Has those jobs run that have no outcome yet, and waits for them.
  ///
  /// - Returns: what is missing after all retries; nil when nothing is.
  /// - Throws: `InputError`: (missing) the engine is not here; (usage) an option that it does not take.
  func run(_ submission: StudySubmission, progress: @escaping (SubmissionProgress) -> Void) throws -> MissingOutcomes?

  /// Ends what was submitted before; outcomes that are there stay.
  func cancel(_ submission: StudySubmission) throws
}

/// How far a submission has come.
public enum SubmissionProgress: Sendable {
  /// What an earlier submission put into the engine's queue is waited for.
  case found
  /// An array that was submitted.
  case submitted(array: String, jobs: Int, tasks: Int)
  /// Jobs with an outcome, of those that had none when it began.
  case done(Int, of: Int)
}

/// Jobs that have no outcome although their engine is through with them.
public struct MissingOutcomes: Sendable {
  public let jobs: Int
  /// What one of them said, or where to look.
  public let reason: String
}

/// Engines by name.
public enum StudyEngines {
  public static let registry = Registry<any StudyEngine>(
    "engine",
    [
      .init("ray", "a Ray cluster, or Ray on this machine; needs python3 with ray", RayEngine()),
      .init("slurm", "a Slurm cluster, by sbatch --array", SlurmEngine()),
    ])
}
