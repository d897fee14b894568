/// Where the steps of a source were stored, beside the digest of a single file, and how they were chosen.
public struct StepOrigin: Equatable, Sendable {
  /// The files in the order in which they were read, where there are several; complete after the last step.
  public var files: [StoredFile] = []
  /// How steps were drawn; nil where all were taken.
  public var selection: DrawnSelection?
  /// Experts of each layer that a rewrite of the router left without visits.
  public var removedExperts = 0

  public init() {}
}

/// One of several files that were read as one trace.
public struct StoredFile: Codable, Equatable, Sendable {
  /// Without its folder.
  public var name: String
  /// Steps that were taken of it.
  public var steps: Int
  /// Of the file as stored.
  public var sha256: String?
}

/// How steps were drawn from a trace.
public struct DrawnSelection: Codable, Equatable, Sendable {
  /// What they were weighted by.
  public var by: String
  /// How many were drawn.
  public var steps: Int
  /// Of how many.
  public var of: Int
  public var seed: UInt64
}

extension DrawnSelection {
  /// `64 of 1000 steps were drawn (imbalance, seed 1)`.
  package var text: String {
    "\(steps) of \(self.of) steps were drawn (\(by)\(seed == 0 ? "" : ", seed \(seed)"))"
  }
}
