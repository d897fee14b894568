import Charts
import Diagnostics
import Replay

/// Several results side by side; every text is ready to print.
struct ReplayPageComparison {
  /// A title or a cell of the table.
  struct Cell {
    var words: String
    /// Where its column is set, a class of the page.
    var side: String
  }

  struct Row {
    var cells: [Cell]
  }

  /// A result's line in the list of all. Names differ from the page's, which a template would find in their place.
  struct Entry {
    let target: String
    let label: String
    /// The verdict on it.
    let outcome: String
  }

  let entries: [Entry]
  let charts: [PageChart]
  let titles: [Cell]
  let rows: [Row]

  /// - Parameters:
  ///   - charted: the report's results with the colours of their policies.
  ///   - headings: what tells each from the others.
  init(_ report: ReplayReport, _ charted: [ChartedResult], headings: [String]) {
    entries = zip(report.results, headings).enumerated().map { place, found in
      let verdict = ReplayVerdict.word(of: found.0)
      return Entry(
        target: ReplayPageSection.id(place), label: printable(found.1), outcome: "\(verdict.word) \(verdict.why)")
    }
    charts = ComparisonChart.all(ChartedComparison(results: charted, headings: headings)).filter(\.isMentioned)
      .map { PageChart($0, idPrefix: "all-") }
    let answer = report.answer
    let sides = (report.areTraces ? ["left"] : []) + answer.columns.map { $0.alignment == .left ? "left" : "right" }
    func cells(_ texts: [String]) -> [Cell] { zip(texts, sides).map { Cell(words: printable($0), side: $1) } }
    let traces = report.results.flatMap { result in result.policies.map { _ in result.trace.name } }
    titles = cells((report.areTraces ? ["Trace"] : []) + answer.columns.map(\.title))
    rows = zip(traces, answer.rows).map { trace, texts in Row(cells: cells((report.areTraces ? [trace] : []) + texts)) }
  }
}
