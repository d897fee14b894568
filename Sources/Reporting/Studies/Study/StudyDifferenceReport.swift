import Studies

/// What `study diff` prints: verdicts and gains that changed.
public struct StudyDifferenceReport: Report {
  let difference: StudyDifference
  /// Rows of the table, at most.
  private let most: Int

  public init(_ difference: StudyDifference, most: Int) {
    self.difference = difference
    self.most = most
  }

  public var title: String { "What changed" }

  public var content: ReportContent { .object(difference) }

  private var headline: String {
    let verdicts = difference.changes.count(where: \.isVerdict)
    return "Of \(Readable.count(difference.shared, "replay")) that both have, \(difference.same) are the same; "
      + "\(Readable.count(verdicts, "verdict")) changed. Only before: \(difference.onlyBefore), only after: "
      + "\(difference.onlyAfter)."
  }

  public var blocks: [ReportBlock] {
    guard !difference.changes.isEmpty else { return [.headline(headline)] }
    let settings = SettingColumns(difference.changes.map(\.setting))
    let shown = difference.changes.prefix(most)
    let table = TextTable(
      labels: settings.columns.count + 1,
      columns: settings.columns + [
        .left("policy"), .right("faster before"), .right("after"), .left("verdict before"), .left("after"),
      ],
      rows: shown.map { change in
        settings.cells(of: change.setting) + [
          change.policy, change.before.map { Readable.speed($0) } ?? "-",
          change.after.map { Readable.speed($0) } ?? "-",
          change.findingBefore?.word ?? "", change.findingAfter?.word ?? "",
        ]
      })
    let rest = difference.changes.count - shown.count
    return [.headline(headline)] + (settings.common.map { [.paragraph($0)] } ?? []) + [.line(), .table(table)]
      + (rest > 0 ? [.line("And \(rest) more; --format csv has all.")] : [])
  }

  public var records: Records {
    get throws { try Records(difference.changes.map { (["policy": $0.policy], $0) }) }
  }
}
