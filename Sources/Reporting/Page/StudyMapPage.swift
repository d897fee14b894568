import Charts
import Studies

/// One self-contained page: a shaded table of gains for each value of all but the last axis along the top.
func studyMapPage(_ report: StudyMapReport) throws -> String {
  try ChartsPage(
    title: report.title, headline: report.headline, charts: report.charts(number: 0),
    notes: "\(StudyMapReport.key). \(report.means)"
  ).text
}

extension StudyMapReport {
  /// - Parameter number: of the map on its page.
  func charts(number: Int) -> [DrawnChart] {
    groups.enumerated().map { chart(of: $1, number: "map\(number)-\($0)") }
  }

  private func chart(of group: Group, number: String) -> DrawnChart {
    let corner = map.rowAxes.map(\.text).joined(separator: ", ")
    let top = map.columnAxes.last?.text ?? ""
    let cells = map.rows.map { row in
      group.columns.map { column in
        map[row, column].map { cell in
          let best = cell.policies.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
          return GainMatrix.Cell(
            cell.improvement, text: Self.text(cell), note: String(best.prefix { $0 != ":" }).shortened())
        }
      }
    }
    let matrix = GainMatrix(
      corner, rows: map.rows.map { .init($0.joined(separator: ", ")) },
      columns: group.columns.map { .init($0.last ?? "") }, cells: cells)
    let found = cells.joined().compactMap(\.self).count
    return DrawnChart(
      number, group.title ?? "By \(corner) and \(top)", missing: "Nothing was replayed.", isWide: true,
      drawing: Drawing(
        reading: "Time saved in % by the best policy, which stands below; columns: \(top). \(flips)",
        panels: [.init(picture: matrix.table(label: "Gain by \(corner) and \(top), \(found) places"))],
        legend: Drawing.gainLegend))
  }
}
