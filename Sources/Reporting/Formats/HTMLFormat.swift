import Mustache

extension ReportFormat {
  /// One self-contained page.
  public static let html = ReportFormat("html", "a page for a browser", needs: [.digest, .layers]) { report, _ in
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
    {{#pieces}}
    {{#text}}
    <pre>{{.}}</pre>
    {{/text}}
    {{#table}}
    <div class="scroll"><table>
    <tr>{{#titles}}<th>{{.}}</th>{{/titles}}</tr>
    {{#rows}}
    <tr>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/rows}}
    </table></div>
    {{/table}}
    {{/pieces}}
    </body>
    </html>

    """

/// What the template shows; every text is ready to print.
private struct Document {
  struct Row {
    var cells: [String]
  }

  struct Table {
    var titles: [String]
    var rows: [Row]
  }

  /// Text or a table.
  struct Piece {
    var text: String?
    var table: Table?
  }

  let title: String
  let pieces: [Piece]

  init(_ report: some Report) {
    title = report.title
    var pieces: [Piece] = []
    var lines: [String] = []
    func endText() {
      let text = lines.joined(separator: "\n")
      if text.contains(where: { !$0.isWhitespace }) { pieces.append(Piece(text: text)) }
      lines = []
    }
    for block in report.blocks {
      guard case .table(let table) = block.content else {
        lines += block.lines(ReportStyle())
        continue
      }
      endText()
      pieces.append(
        Piece(table: Table(titles: table.columns.map(\.title), rows: table.rows.map(Row.init(cells:)))))
    }
    endText()
    self.pieces = pieces
  }
}
