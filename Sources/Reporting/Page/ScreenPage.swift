import Charts
import Diagnostics
import Mustache
import Studies

extension ScreenReport {
  public func page() throws -> String { try screenPage([screening], title: title) }
}

/// One self-contained page: for each screening a verdict, its ten lines, charts and every strategy that was tried; several
/// side by side above.
func screenPage(_ screenings: [Screening], title: String) throws -> String {
  try MustacheTemplate(string: screenPageTemplate).render(Page(screenings, title: title))
}

/// What the template shows; every text is ready to print.
private struct Page {
  /// A line of the table of several.
  struct Entry {
    let target: String
    let label: String
    let cells: [String]
  }

  let title: String
  let areSeveral: Bool
  let entries: [Entry]
  let screens: [ScreenPageSection]

  init(_ screenings: [Screening], title: String) {
    self.title = printable(title)
    areSeveral = screenings.count > 1
    screens = screenings.enumerated().map { place, screening in
      ScreenPageSection(
        screening, place: place, heading: screenings.count > 1 ? ScreenReport(screening).title : nil)
    }
    entries = zip(screenings, screens).map { screening, section in
      let choice = screening.choice
      return Entry(
        target: section.id, label: printable(ScreenReport(screening).title),
        cells: [
          screening.verdict.rawValue.replacing("-", with: " "), screening.finding.sentence,
          choice?.steady.map { Readable.speed($0.total, low: $0.totalLow, high: $0.totalHigh) } ?? Readable.nothing,
          choice?.policy ?? Readable.nothing,
        ].map(printable))
    }
  }
}

private let screenPageTemplate =
  pageHead.replacing("</style>", with: replayPageStyle + "\n</style>") + """
    <body class="replay">
    <header><h1>{{title}}</h1></header>
    <main>
    {{#areSeveral}}
    <div class="scroll" role="region" aria-label="All screenings" tabindex="0"><table class="verdicts">
    <thead><tr><th scope="col">Screening</th><th scope="col">Verdict</th><th scope="col">Why</th><th scope="col">Once plans serve</th><th scope="col">Best on the first half</th></tr></thead>
    <tbody>
    {{#entries}}
    <tr><th scope="row"><a href="#{{target}}">{{label}}</a></th>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/entries}}
    </tbody>
    </table></div>
    {{/areSeveral}}
    {{#screens}}
    <section class="result" id="{{id}}">
    {{#heading}}<h2 class="machine">{{.}}</h2>{{/heading}}
    <p class="verdict {{verdictStyle}}"><strong>{{verdictWord}}</strong> {{finding}}.</p>
    {{#outcome}}<p class="answer">{{.}}</p>{{/outcome}}
    {{#hasWarnings}}<ul class="warnings" aria-label="Notes">{{#warnings}}<li>{{.}}</li>{{/warnings}}</ul>{{/hasWarnings}}
    <dl class="lines">
    {{#lines}}
    <dt>{{name}}</dt><dd>{{value}}</dd>
    {{/lines}}
    </dl>
    {{^heading}}<h2>Charts</h2>{{/heading}}
    <div class="charts">
    \(pageCharts)
    </div>
    <h2>Every strategy that was tried</h2>
    \(pagePieces)
    <h2>Made from</h2>
    <dl>
    {{#facts}}
    <dt>{{name}}</dt><dd>{{value}}</dd>
    {{/facts}}
    </dl>
    </section>
    {{/screens}}
    </main>
    <script>
    \(replayPageScript)
    </script>
    </body>
    </html>

    """
