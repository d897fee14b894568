import Diagnostics
import Mustache

/// A self-contained page of charts under a headline; every text is made ready to print.
struct ChartsPage {
  private let title: String
  private let headline: String
  private let charts: [PageChart]
  private let notes: String?
  private let pieces: [PagePiece]

  /// - Parameters:
  ///   - notes: below the charts.
  ///   - blocks: below these, without headlines.
  init(title: String, headline: String, charts: [DrawnChart], notes: String? = nil, blocks: [ReportBlock] = []) {
    self.title = printable(title)
    self.headline = printable(headline)
    self.charts = charts.map { PageChart($0, idPrefix: "chart-") }
    self.notes = notes.map { printable($0) }
    pieces = PagePiece.all(
      of: blocks.filter { block in
        if case .headline = block.content { false } else { true }
      })
  }

  var text: String { get throws { try MustacheTemplate(string: Self.template).render(self) } }

  private static let template =
    pageHead.replacing("</style>", with: replayPageStyle + "\n</style>") + """
      <body class="replay">
      <header><h1>{{title}}</h1></header>
      <main>
      <p class="answer">{{headline}}</p>
      <div class="charts">
      \(pageCharts)
      </div>
      {{#notes}}
      <p class="soft">{{.}}</p>
      {{/notes}}
      \(pagePieces)
      </main>
      </body>
      </html>

      """
}
