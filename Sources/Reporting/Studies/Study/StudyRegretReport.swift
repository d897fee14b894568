import Studies

/// What `study regret` prints: what it costs to run one policy everywhere.
public struct StudyRegretReport: Report {
  let policies: [StudyRegret.Policy]

  public init(_ regret: StudyRegret) { policies = regret.policies }

  public var title: String { "One policy everywhere" }

  public var content: ReportContent { .list(policies) }

  public var blocks: [ReportBlock] {
    let table = TextTable(
      columns: [
        .left("policy"), .right("settings"), .right("best in"), .right("regret"), .right("worst"), .left("worst where"),
        .right("faster"), .right("failed"),
      ],
      rows: policies.map { policy in
        [
          policy.policy, Readable.count(policy.settings), Readable.count(policy.best), Readable.percent(policy.mean),
          Readable.percent(policy.worst), Self.name(of: policy.worstSetting), Readable.speed(policy.improvement),
          policy.failures == 0 ? "" : Readable.count(policy.failures),
        ]
      })
    return [
      .table(table), .line(),
      .paragraph(
        "regret: total time over that of the best policy of each setting, the mean and the worst; faster: less total time "
          + "than the baseline's, the mean. Policies that look ahead are left out."),
    ]
  }

  private static func name(of setting: StudySetting) -> String {
    "\(setting.trace) on \(setting.cluster), \(Readable.count(setting.ranks, "rank"))"
  }

  public var records: Records {
    get throws { try Records(policies.map { (["policy": $0.policy], $0) }) }
  }
}
