import Charts
import Diagnostics
import Mustache
import Replay

/// One self-contained page: for each result a verdict, charts, every figure and what it was made from; above them a legend
/// that all share.
func replayPage(_ report: ReplayReport) throws -> String {
  try MustacheTemplate(string: replayPageTemplate).render(Page(report))
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

  /// A policy in the legend.
  struct Entry {
    let colour: Int
    let style: String
    let name: String
  }

  let title: String
  let policies: [Entry]
  let hasYardsticks: Bool
  /// Nil for one machine.
  let table: Table?
  let results: [ReplayPageSection]

  init(_ report: ReplayReport) {
    title = printable(report.title)
    let all = report.results.flatMap(\.policies)
    let colours = all.map(\.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    policies = colours.enumerated().map { colour, name in
      let policy = all.first { $0.name == name }
      let series = Plot.Series(colour: colour, name: policy.map(ChartedResult.name) ?? name)
      return Entry(colour: colour, style: series.style, name: printable(series.name))
    }
    hasYardsticks = all.contains { !$0.causal }
    table = report.areSeveral ? Self.table(report) : nil
    results = report.results.enumerated().map { place, result in
      ReplayPageSection(
        result, place: place, heading: report.areSeveral ? report.heading(of: result) : nil, colours: colours)
    }
  }

  /// The answers side by side, with their traces where these differ.
  private static func table(_ report: ReplayReport) -> Table {
    let answer = report.answer
    let traces = report.results.flatMap { result in result.policies.map { _ in result.trace.name } }
    return Table(
      titles: (report.areTraces ? ["Trace"] : []) + answer.columns.map(\.title),
      rows: zip(traces, answer.rows).map { trace, cells in
        TableRow(cells: ((report.areTraces ? [trace] : []) + cells).map(printable))
      })
  }
}
