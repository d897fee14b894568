/// What it costs to run one policy everywhere, rather than the best of each setting.
public struct StudyRegret: Codable, Equatable, Sendable {
  public struct Policy: Codable, Equatable, Sendable {
    public var policy: String
    /// Settings in which it was replayed.
    public var settings: Int
    /// Of these, those in which it is the best.
    public var best: Int
    /// Total time / the best policy's − 1, the mean over settings and the most.
    public var mean: Double
    public var worst: Double
    public var worstSetting: StudySetting
    /// 1 − total time / the baseline's, the mean over settings.
    public var improvement: Double
    /// Settings in which it could not be replayed.
    public var failures: Int
  }

  private struct Sums: Codable, Equatable, Sendable {
    var settings = 0
    var best = 0
    var regret = 0.0
    var worst = -1.0
    var worstSetting: StudySetting?
    var improvement = 0.0
    var failures = 0
  }

  private var sums: [String: Sums] = [:]

  public init() {}

  /// - Parameter rows: of one setting; the baseline is a policy like the others, those that look ahead are none.
  public mutating func add(_ rows: [StudyRow]) {
    for row in rows where row.error != nil { sums[row.policy, default: Sums()].failures += 1 }
    let replayed = rows.filter { $0.causal == true && $0.total.isFinite }
    guard let least = replayed.map(\.total).min(), least > 0 else { return }
    for row in replayed {
      let regret = row.total / least - 1
      var sum = sums[row.policy] ?? Sums()
      sum.settings += 1
      sum.best += regret == 0 ? 1 : 0
      sum.regret += regret
      sum.improvement += row.figures["improvement.total"] ?? 0
      if regret > sum.worst { (sum.worst, sum.worstSetting) = (regret, row.setting) }
      sums[row.policy] = sum
    }
  }

  /// Those that could be replayed in most settings first, of these those of the least mean.
  public var policies: [Policy] {
    sums.compactMap { name, sum in
      guard let worst = sum.worstSetting else { return nil }
      let count = Double(sum.settings)
      return Policy(
        policy: name, settings: sum.settings, best: sum.best, mean: sum.regret / count, worst: sum.worst,
        worstSetting: worst, improvement: sum.improvement / count, failures: sum.failures)
    }.sorted { (-$0.settings, $0.mean, $0.policy) < (-$1.settings, $1.mean, $1.policy) }
  }
}
