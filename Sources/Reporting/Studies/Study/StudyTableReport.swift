import Studies

/// What `study table` prints: replays of a study, a row each, with the figures that were asked for.
public struct StudyTableReport: Report {
  let rows: [StudyRow]
  let figures: [Figure]

  /// - Parameter figures: paths such as `time.total`.
  public init(_ rows: [StudyRow], figures: [String]) {
    self.rows = rows
    self.figures = figures.compactMap { path in Figure.all.first { $0.path == path } }
  }

  public var title: String { "\(Readable.count(rows.count, "replay"))" }

  public var content: ReportContent { .list(rows) }

  public var blocks: [ReportBlock] {
    let settings = SettingColumns(rows.map(\.setting))
    let table = TextTable(
      labels: settings.columns.count + 1,
      columns: settings.columns + [.left("policy")] + figures.map { .right($0.name) } + [.left("verdict")],
      rows: rows.map { row in
        settings.cells(of: row.setting) + [row.policy]
          + figures.map { figure in row.figures[figure.path].map(figure.unit.text) ?? "-" }
          + [row.error != nil ? "failed" : row.finding?.word ?? (row.isBaseline ? "baseline" : "")]
      })
    return (settings.common.map { [.paragraph($0), .line()] } ?? []) + [.table(table)] + errors
  }

  /// Each once, with how many it kept from being replayed.
  private var errors: [ReportBlock] {
    var counts: [(error: String, replays: Int)] = []
    for error in rows.compactMap(\.error) {
      if let known = counts.firstIndex(where: { $0.error == error }) {
        counts[known].replays += 1
      } else {
        counts.append((error, 1))
      }
    }
    return counts.flatMap { error, replays in
      [.line(), .paragraph("Failed (\(Readable.count(replays, "replay"))): \(error)")]
    }
  }

  public var records: Records {
    let names = rows.first.map { $0.setting.values.map(\.key) } ?? []
    return Records(
      columns: names + ["policy"] + figures.map(\.path) + ["finding", "error"],
      rows: rows.map { row in
        row.setting.values.map(\.value) + [row.policy]
          + figures.map { Records.cell(row.figures[$0.path]) } + [row.finding?.rawValue ?? "", row.error ?? ""]
      })
  }
}
