import Mustache

extension ReportFormat {
  /// One self-contained page.
  public static let html = ReportFormat("html", "a page for a browser", needs: [.digest, .layers, .details]) {
    report, _ in
    try report.page()
  }
}

/// The page of a report that has none of its own: its blocks from top to bottom.
func documentPage(_ report: some Report) throws -> String {
  try MustacheTemplate(string: documentTemplate).render(Document(report))
}

private let documentTemplate =
  pageHead + """
    <body>
    <h1>{{title}}</h1>
    \(pagePieces)
    </body>
    </html>

    """

/// What the template shows; every text is ready to print.
private struct Document {
  let title: String
  let pieces: [PagePiece]

  init(_ report: some Report) {
    title = report.title
    pieces = PagePiece.all(of: report.blocks)
  }
}
