/// Text or a table of a page, ready to print.
struct PagePiece {
  struct Row {
    /// What names it.
    var head: String
    var cells: [String]

    init(_ cells: [String]) {
      head = cells.first ?? ""
      self.cells = Array(cells.dropFirst())
    }
  }

  struct Table {
    var titles: [String]
    var rows: [Row]
  }

  var text: String?
  var table: Table?

  /// Blocks from top to bottom, lines that follow each other as one text.
  static func all(of blocks: [ReportBlock]) -> [PagePiece] {
    var pieces: [PagePiece] = []
    var lines: [String] = []
    func endText() {
      let text = lines.joined(separator: "\n")
      if text.contains(where: { !$0.isWhitespace }) { pieces.append(PagePiece(text: text)) }
      lines = []
    }
    for block in blocks {
      guard let table = block.table else {
        lines += block.lines(ReportStyle())
        continue
      }
      endText()
      pieces.append(
        PagePiece(table: Table(titles: table.columns.map(\.title), rows: table.rows.map(Row.init))))
    }
    endText()
    return pieces
  }
}

/// How a page shows its pieces.
let pagePieces = """
  {{#pieces}}
  {{#text}}
  <pre>{{.}}</pre>
  {{/text}}
  {{#table}}
  <div class="scroll" tabindex="0"><table>
  <thead><tr>{{#titles}}<th scope="col">{{.}}</th>{{/titles}}</tr></thead>
  <tbody>
  {{#rows}}
  <tr><th scope="row">{{head}}</th>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
  {{/rows}}
  </tbody>
  </table></div>
  {{/table}}
  {{/pieces}}
  """
