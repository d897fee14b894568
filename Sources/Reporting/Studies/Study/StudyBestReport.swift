import Studies

/// What `study best` prints: the best policy of every setting, and what to say of it.
public struct StudyBestReport: Report {
  let best: StudyBest

  public init(_ best: StudyBest) { self.best = best }

  public var title: String { "The best policy of \(Readable.count(best.choices.count, "setting"))" }

  public var content: ReportContent { .object(best) }

  public var blocks: [ReportBlock] {
    let settings = SettingColumns(best.choices.map(\.setting))
    let table = TextTable(
      labels: settings.columns.count,
      columns: settings.columns + [
        .left("best policy"), .right("faster"), .right("once it serves"), .right("next"), .left("verdict"),
      ],
      rows: best.choices.map { choice in
        settings.cells(of: choice.setting) + [
          choice.policy, Readable.speed(choice.total), Self.steady(choice),
          choice.lead.map { "+\(Readable.percent($0))" } ?? "-", choice.finding.word,
        ]
      })
    let without =
      best.settingsWithout == 0
      ? [] : [ReportBlock.line("Nothing could be replayed in \(Readable.count(best.settingsWithout, "setting")).")]
    return [.headline(headline)] + (settings.common.map { [.paragraph($0)] } ?? []) + without + [
      .line(), .table(table),
    ]
      + [
        .line(),
        .paragraph(
          "faster: less total time than the baseline's; once it serves: the same after the first plan is there, with its "
            + "95 % interval; next: total time of the next best policy over its own."),
      ]
  }

  private var headline: String {
    let counts = Verdict.allCases.reversed().map { verdict in
      "\(verdict.rawValue.replacing("-", with: " ")) in \(best.count(of: verdict))"
    }
    return "Balancing in \(Readable.count(best.choices.count, "setting")): \(counts.joined(separator: ", "))."
  }

  private static func steady(_ choice: StudyBest.Choice) -> String {
    choice.steady.map { Readable.speed($0, low: choice.steadyLow, high: choice.steadyHigh) } ?? "-"
  }

  public var records: Records {
    get throws {
      try Records(best.choices.map { (["policy": $0.policy], $0) })
    }
  }
}
