import Charts
import Diagnostics
import Mustache
import Studies

/// One self-contained page: a shaded table of gains for each value of all but the last axis along the top.
func studyMapPage(_ report: StudyMapReport) throws -> String {
  try MustacheTemplate(string: studyMapTemplate).render(Page(report))
}

/// What the template shows; every text is ready to print.
private struct Page {
  let title: String
  let headline: String
  let charts: [PageChart]
  let notes: String

  init(_ report: StudyMapReport) {
    title = printable(report.title)
    headline = printable(report.headline)
    charts = report.groups.enumerated().map { place, group in
      PageChart(report.chart(of: group, number: place), idPrefix: "map")
    }
    notes = printable("\(StudyMapReport.key). \(report.means)")
  }
}

extension StudyMapReport {
  fileprivate func chart(of group: Group, number: Int) -> DrawnChart {
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
      "\(number)", group.title ?? "By \(corner) and \(top)", missing: "Nothing was replayed.", isWide: true,
      drawing: Drawing(
        reading: "Time saved in % by the best policy, which stands below; columns: \(top).",
        panels: [.init(picture: matrix.table(label: "Gain by \(corner) and \(top), \(found) places"))],
        legend: Drawing.gainLegend))
  }
}

private let studyMapTemplate =
  pageHead.replacing("</style>", with: replayPageStyle + "\n</style>") + """
    <body class="replay">
    <header><h1>{{title}}</h1></header>
    <main>
    <p class="answer">{{headline}}</p>
    <div class="charts">
    \(pageCharts)
    </div>
    <p class="soft">{{notes}}</p>
    </main>
    </body>
    </html>

    """
