import Diagnostics
import Replay

/// What a job came to: the results of its policies, and why others have none.
public struct StudyOutcome: Codable, Equatable, Sendable {
  /// A policy that cannot be replayed there.
  public struct Failure: Codable, Equatable, Sendable {
    public var policy: String
    public var error: String
  }

  public var job: StudyJob
  /// The baseline first; absent if not even it can be replayed.
  public var result: ReplayResult?
  public var failures: [Failure]
}
