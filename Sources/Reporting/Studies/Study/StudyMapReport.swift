import Charts
import Studies

/// What `study map` prints: gains by two sets of axes, a table for each value of all but the last axis along the top.
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

  /// What a table is of, and its columns.
  struct Group {
    /// `cluster h100-ib`; nil where there is one axis along the top.
    var title: String?
    var columns: [[String]]
  }

  var groups: [Group] {
    var groups: [(values: [String], columns: [[String]])] = []
    for column in map.columns {
      let values = Array(column.dropLast())
      if groups.last?.values == values {
        groups[groups.count - 1].columns.append(column)
      } else {
        groups.append((values, [column]))
      }
    }
    return groups.map { values, columns in
      let title = zip(map.columnAxes, values).map { "\($0.text) \($1)" }.joined(separator: ", ")
      return Group(title: title.isEmpty ? nil : title, columns: columns)
    }
  }

  public var blocks: [ReportBlock] {
    [.headline(headline)] + groups.flatMap { [.line()] + tables(of: $0) } + [
      .line(),
      .paragraph(
        "In % of total time, the best policy's against the baseline's; columns: \(map.columnAxes.last?.text ?? ""). "
          + "\(Self.key). \(means)"),
    ]
  }

  private func tables(of group: Group) -> [ReportBlock] {
    let table = TextTable(
      labels: map.rowAxes.count,
      columns: map.rowAxes.map { .left($0.text) } + group.columns.map { .right($0.last ?? "") },
      rows: map.rows.map { row in
        row + group.columns.map { map[row, $0].map(Self.text) ?? Readable.nothing }
      })
    return (group.title.map { [.line($0)] } ?? []) + [.table(table)]
  }

  var headline: String {
    let cells = map.rows.flatMap { row in map.columns.compactMap { map[row, $0] } }
    let counts = Verdict.allCases.reversed().map { verdict in
      "\(verdict.rawValue.replacing("-", with: " ")) in \(cells.count { $0.verdict == verdict })"
    }
    let mixed = cells.count { $0.verdict == nil }
    return "Of \(Readable.count(cells.count, "place")): \(counts.joined(separator: ", "))"
      + (mixed > 0 ? ", different between settings in \(mixed)." : ".")
  }

  /// What it is by, in a few words.
  var axes: String {
    "By \(map.rowAxes.map(\.text).joined(separator: ", ")) and \(map.columnAxes.map(\.text).joined(separator: ", ")):"
  }

  /// Where the verdict changes along the top.
  var flips: String {
    let flips = map.flips
    let cells = map.rows.flatMap { row in map.columns.compactMap { map[row, $0] } }
    guard cells.contains(where: { $0.verdict != nil }) else {
      return "Everywhere the verdict differs between settings: what this map leaves out decides, too."
    }
    guard let most = flips.max(by: { $0.rows < $1.rows }) else { return "The verdict changes in no row." }
    let count = flips.reduce(0) { $0 + $1.rows }
    return "Along the rows the verdict changes \(Readable.count(count, "time")), most often between \(most.from) and "
      + "\(most.to)."
  }

  static let key =
    "●: screen's rule recommends it, ×: it says do not, ○: not enough evidence, ◐: it differs between settings"

  var means: String {
    let without =
      map.settingsWithout == 0
      ? "" : " \(Readable.count(map.settingsWithout, "setting")) without a value on these axes left out."
    return "A place is the mean over what else differs.\(without)"
  }

  static func text(_ cell: StudyMap.Cell) -> String {
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

  public func page() throws -> String { try studyMapPage(self) }
}
