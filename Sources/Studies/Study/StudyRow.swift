import Diagnostics

/// What replays that are compared with each other have in common.
public struct StudySetting: Codable, Hashable, Sendable {
  public var trace: String
  public var model: String
  /// Nil for steps of all phases.
  public var phase: String?
  public var seed: Int
  public var cluster: String
  public var ranks: Int

  public init(trace: String, model: String, phase: String?, seed: Int, cluster: String, ranks: Int) {
    self.trace = trace
    self.model = model
    self.phase = phase
    self.seed = seed
    self.cluster = cluster
    self.ranks = ranks
  }

  /// Values by the names of a study's axes.
  public var values: KeyValuePairs<String, String> {
    [
      "trace": trace, "model": model, "phase": phase ?? "", "seed": String(seed), "cluster": cluster,
      "ranks": String(ranks),
    ]
  }
}

/// A replay of a study: a policy in a setting.
public struct StudyRow: Codable, Equatable, Sendable {
  public var setting: StudySetting
  public var policy: String
  public var isBaseline: Bool
  /// Nil where it could not be replayed.
  public var causal: Bool?
  /// Nil for the baseline, and where it could not be replayed.
  public var finding: Finding?
  /// Why it could not be replayed.
  public var error: String?
  /// By their paths; those that do not apply are absent.
  public var figures: [String: Double]

  public init(
    setting: StudySetting, policy: String, isBaseline: Bool = false, causal: Bool? = true, finding: Finding? = nil,
    error: String? = nil, figures: [String: Double] = [:]
  ) {
    self.setting = setting
    self.policy = policy
    self.isBaseline = isBaseline
    self.causal = causal
    self.finding = finding
    self.error = error
    self.figures = figures
  }
}
