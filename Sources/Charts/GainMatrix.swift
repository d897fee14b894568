/// Gains of what stands in the rows on what stands in the columns, such as machines × policies: a table with the number
/// in each cell, shaded by `GainScale`.
///
/// A table, not a picture: cells are read out with their headings, and text wraps in a narrow window.
package struct GainMatrix: Sendable {
  package struct Heading: Sendable {
    let name: String
    /// Index of the policy that it is of; readers may switch it off.
    let policy: Int?

    package init(_ name: String, policy: Int? = nil) {
      self.name = name
      self.policy = policy
    }
  }

  package struct Cell: Sendable {
    /// A fraction of the time before; below 0 for a loss, nil for what has none and says why.
    let gain: Double?
    let text: String
    /// Below the text, in small letters; empty for none.
    let note: String

    package init(_ gain: Double?, text: String, note: String = "") {
      self.gain = gain
      self.text = text
      self.note = note
    }
  }

  private let corner: String
  private let rows: [Heading]
  private let columns: [Heading]
  private let cells: [[Cell?]]

  /// - Parameters:
  ///   - corner: what rows are, above their names.
  ///   - cells: `[rows][columns]`; nil for what was not looked for.
  package init(_ corner: String, rows: [Heading], columns: [Heading], cells: [[Cell?]]) {
    precondition(cells.count == rows.count && cells.allSatisfy { $0.count == columns.count })
    self.corner = corner
    self.rows = rows
    self.columns = columns
    self.cells = cells
  }

  /// - Parameter label: what a screen reader says of the table.
  package func table(label: String) -> Markup {
    var titles = Markup.element("th", ["scope": "col"], Markup(corner))
    for column in columns {
      titles.add("th", ["scope": "col", "data-policy": column.policy.map(String.init)], text: column.name)
    }
    var body = Markup()
    for (row, values) in zip(rows, cells) {
      var line = Markup.element("th", ["scope": "row"], Markup(row.name))
      for (column, cell) in zip(columns, values) { line += Self.markup(of: cell, policy: column.policy) }
      body.add("tr", ["data-policy": row.policy.map(String.init)], line)
    }
    let table = Markup.element(
      "table", ["class": "matrix", "aria-label": label],
      .element("thead", [:], .element("tr", [:], titles)) + .element("tbody", [:], body))
    return .element("div", ["class": "scroll", "tabindex": "0"], table)
  }

  private static func markup(of cell: Cell?, policy: Int?) -> Markup {
    let policy = policy.map(String.init)
    guard let cell, let gain = cell.gain else {
      return .element("td", ["class": "none", "data-policy": policy], Markup(cell?.text ?? ""))
    }
    var text = Markup(cell.text)
    if !cell.note.isEmpty { text.add("small", [:], text: cell.note) }
    return .element(
      "td",
      [
        "class": "shade \(GainScale.shades[GainScale.shade(gain)].0)", "data-policy": policy,
        "data-gain": Markup.numbers([gain]),
      ], text)
  }
}
