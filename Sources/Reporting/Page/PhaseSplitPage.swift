import Diagnostics
import Mustache
import Studies

/// The page of `advise --split`: the answer, a picture of the layouts, and the table that it is of.
struct PhaseSplitPage {
  private let title: String
  private let answer: String
  private let charts: [PageChart]
  private let pieces: [PagePiece]

  init(_ report: PhaseSplitReport) {
    title = printable(report.title)
    answer = printable(report.answer)
    charts = [PageChart(PhaseSplitChart(report.result).drawn, idPrefix: "advise-")]
    // The answer stands above the picture.
    pieces = PagePiece.all(
      of: report.blocks.filter { block in
        if case .headline = block.content { false } else { true }
      })
  }

  var text: String { get throws { try MustacheTemplate(string: Self.template).render(self) } }

  private static let template =
    pageHead.replacing("</style>", with: replayPageStyle + "\n</style>") + """
      <body class="replay">
      <header><h1>{{title}}</h1></header>
      <main>
      <p class="answer">{{answer}}</p>
      <div class="charts">
      \(pageCharts)
      </div>
      \(pagePieces)
      </main>
      </body>
      </html>

      """
}
