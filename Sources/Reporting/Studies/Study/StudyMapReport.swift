import Studies

/// What `study map` prints: gains by two sets of axes.
public struct StudyMapReport: Report {
  let map: StudyMap

  public init(_ map: StudyMap) { self.map = map }

  public var title: String { "Where balancing pays" }

  private struct Place: Encodable, Sendable {
    var rows: [String: String]
    var columns: [String: String]
    var cell: StudyMap.Cell
  }

  private var places: [Place] {
    func named(_ axes: [StudyMap.Axis], _ values: [String]) -> [String: String] {
      Dictionary(uniqueKeysWithValues: zip(axes.map(\.text), values))
    }
    return map.rows.flatMap { row in
      map.columns.compactMap { column in
        map[row, column].map {
          Place(rows: named(map.rowAxes, row), columns: named(map.columnAxes, column), cell: $0)
        }
      }
    }
  }

  public var content: ReportContent { .list(places) }

  public var blocks: [ReportBlock] {
    let table = TextTable(
      labels: map.rowAxes.count,
      columns: map.rowAxes.map { .left($0.text) }
        + map.columns.map { .right($0.joined(separator: " · ")) },
      rows: map.rows.map { row in
        row + map.columns.map { map[row, $0].map(Self.text) ?? Readable.nothing }
      })
    let columns = map.columnAxes.map(\.text).joined(separator: " · ")
    let without =
      map.settingsWithout == 0
      ? "" : " \(Readable.count(map.settingsWithout, "setting")) without a value on these axes left out."
    return [
      .headline("How much faster the best policy is than the baseline, in % of total time; columns: \(columns)."), .line(),
      .table(table), .line(),
      .paragraph(
        "●: screen's rule recommends it, ×: it says do not, ○: not enough evidence, ◐: it differs between settings. "
          + "Cells are means over what else differs.\(without)"),
    ]
  }

  private static func text(_ cell: StudyMap.Cell) -> String {
    "\(Readable.tenths(cell.improvement * 100)) \(cell.verdict.map(mark) ?? "◐")"
  }

  private static func mark(_ verdict: Verdict) -> String {
    switch verdict {
    case .recommend: "●"
    case .doNot: "×"
    case .notEnoughEvidence: "○"
    }
  }

  public var records: Records {
    Records(
      columns: (map.rowAxes + map.columnAxes).map(\.text)
        + ["settings", "improvement", "recommended", "advisedAgainst", "policies"],
      rows: map.rows.flatMap { row in
        map.columns.compactMap { column in
          map[row, column].map { cell in
            row + column + [
              String(cell.settings), Records.cell(cell.improvement), String(cell.recommended),
              String(cell.advisedAgainst),
              cell.policies.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key).joined(separator: " "),
            ]
          }
        }
      })
  }
}
