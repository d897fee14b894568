import Charts
import Diagnostics
import Mustache
import Replay

/// One self-contained page: for each result a verdict, charts, every figure and what it was made from; above them a legend
/// that all share, and several side by side.
func replayPage(_ report: ReplayReport) throws -> String {
  try MustacheTemplate(string: replayPageTemplate).render(Page(report))
}

/// What the template shows; every text is ready to print.
private struct Page {
  /// A policy in the legend.
  struct Entry {
    let colour: Int
    let style: String
    let name: String
  }

  let title: String
  let policies: [Entry]
  let hasYardsticks: Bool
  /// Nil for one result.
  let comparison: ReplayPageComparison?
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
    let charted = report.results.map { ChartedResult($0, colours: colours) }
    let headings = report.areSeveral ? report.headings : []
    comparison = report.areSeveral ? ReplayPageComparison(report, charted, headings: headings) : nil
    results = charted.enumerated().map { place, result in
      ReplayPageSection(result, place: place, heading: report.areSeveral ? headings[place] : nil)
    }
  }
}
