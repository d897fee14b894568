/// Rows one below the other over one horizontal axis, each with a name on the left and a value on the right.
package struct RowPlot: Sendable {
  package struct Row: Sendable {
    package var name: String
    package var value: String
    /// Index of the policy that it is of; readers may switch it off.
    package var policy: Int?
    /// Whether it is the name of the rows below it.
    package var isHeading: Bool

    package init(_ name: String, value: String = "", policy: Int? = nil, isHeading: Bool = false) {
      self.name = name
      self.value = value
      self.policy = policy
      self.isHeading = isHeading
    }
  }

  /// Units of the view box.
  private static let rowHeight = 21.0
  /// Letters of a name that there is room for.
  package static let longestName = 26

  package let plot: Plot
  private let rows: [Row]

  /// - Parameter x: what all rows have in common.
  package init(_ rows: [Row], x: Axis) {
    self.rows = rows
    func widest(_ texts: some Sequence<String>) -> Double { Double(texts.map(\.count).max() ?? 0) }
    let names = min(Double(Self.longestName), widest(rows.filter { !$0.isHeading }.map(\.name)))
    plot = Plot(
      x: x, y: Axis(title: "", scale: Scale(.linear, 0...Double(max(1, rows.count))), ticks: []),
      height: 58 + Self.rowHeight * Double(rows.count), left: 18 + Plot.letter * names,
      right: 14 + Plot.letter * widest(rows.map(\.value)), headroom: -10)
  }

  /// Where the middle of a row is on the vertical axis.
  package func middle(of row: Int) -> Double { Double(rows.count - row) - 0.5 }

  /// The whole picture.
  ///
  /// - Parameters:
  ///   - label: what a screen reader says of it.
  ///   - behind: of the picture as a whole, below the rows' own.
  ///   - marks: of a row.
  package func svg(label: String, behind: Markup = Markup(), marks: (Int) -> Markup) -> Markup {
    var all = behind
    for (place, row) in rows.enumerated() {
      all += .element("g", ["data-policy": row.policy.map(String.init)], texts(of: row, at: place) + marks(place))
    }
    return plot.svg(label: label, all)
  }

  /// Where headings begin: before the axis where there are names, else behind it.
  private var headings: Double { rows.contains { !$0.isHeading && !$0.name.isEmpty } ? 2 : plot.left + 4 }

  private func texts(of row: Row, at place: Int) -> Markup {
    let y = Markup.place(plot.y(middle(of: place)) + 4)
    var texts = Markup.element(
      "text",
      [
        "class": row.isHeading ? "label" : "tick", "x": Markup.place(row.isHeading ? headings : plot.left - 8), "y": y,
        "text-anchor": row.isHeading ? "start" : "end",
      ], Markup(row.name))
    if !row.value.isEmpty {
      texts.add("text", ["class": "value", "x": Markup.place(plot.right + 8), "y": y], text: row.value)
    }
    return texts
  }
}
