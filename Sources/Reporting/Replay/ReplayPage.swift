import Mustache
import Replay

/// One self-contained page: for each machine the answer in a sentence, time by part as bars, and every figure; above them
/// the answers as a table where there are several.
func replayPage(_ report: ReplayReport) throws -> String {
  let template = try MustacheTemplate(string: replayPageTemplate)
  return template.render(Page(report))
}

/// What the template shows; every text is ready to print.
private struct Page {
  struct TableRow {
    var cells: [String]
  }

  struct Table {
    var titles: [String]
    var rows: [TableRow]
  }

  let title: String
  /// Nil for one machine.
  let table: Table?
  let machines: [ReplayPageSection]

  init(_ report: ReplayReport) {
    title = report.title
    let answer = report.answer
    table =
      report.areSeveral
      ? Table(titles: answer.columns.map(\.title), rows: answer.rows.map(TableRow.init(cells:))) : nil
    let widest = report.results.map(ReplayPageSection.widest).max() ?? 0
    machines = report.results.map {
      ReplayPageSection($0, heading: report.areSeveral ? $0.machine : nil, widest: widest)
    }
  }
}
