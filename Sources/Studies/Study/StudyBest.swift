/// The best policy of every setting: the causal one of the least total time.
public struct StudyBest: Codable, Equatable, Sendable {
  public struct Choice: Codable, Equatable, Sendable {
    public var setting: StudySetting
    public var policy: String
    public var finding: Finding
    /// 1 − its total time / the baseline's.
    public var total: Double
    /// The same once its plans serve, and its 95 % interval; nil where the steps do not tell.
    public var steady: Double?
    public var steadyLow: Double?
    public var steadyHigh: Double?
    /// The next best policy's total time / its own − 1; nil without one.
    public var lead: Double?
  }

  public private(set) var choices: [Choice] = []
  /// Settings in which nothing could be replayed beside the baseline.
  public private(set) var settingsWithout = 0

  public init() {}

  /// - Parameter rows: of one setting.
  public mutating func add(_ rows: [StudyRow]) {
    let ranked = rows.filter { !$0.isBaseline && $0.causal == true && $0.figures["time.total"] != nil }
      .sorted { ($0.total, $0.policy) < ($1.total, $1.policy) }
    guard let best = ranked.first else {
      settingsWithout += 1
      return
    }
    choices.append(
      Choice(
        setting: best.setting, policy: best.policy, finding: best.finding ?? .tooShort,
        total: best.figures["improvement.total"] ?? 0, steady: best.figures["steady.total"],
        steadyLow: best.figures["steady.totalLow"], steadyHigh: best.figures["steady.totalHigh"],
        lead: ranked.count > 1 && best.total > 0 ? ranked[1].total / best.total - 1 : nil))
  }

  public func count(of verdict: Verdict) -> Int { choices.count { $0.finding.verdict == verdict } }
}

extension StudyRow {
  /// Infinite where it does not have one.
  var total: Double { figures["time.total"] ?? .infinity }
}
