import Diagnostics

/// A table of text whose columns are as wide as what they hold.
///
/// Where the width does not do, columns move below in further bands, each with the columns that name a row again; a cell
/// that is too wide even so goes on in the next line. Nothing is cut off.
package struct TextTable: Sendable {
  package enum Alignment: Sendable { case left, right }

  package enum Style: Sendable {
    /// Bars between columns and a rule below the titles, as Markdown has them.
    case ruled
    /// Two spaces between columns.
    case plain
  }

  package struct Column: Sendable {
    var title: String
    var alignment: Alignment

    package static func left(_ title: String) -> Column { Column(title: title, alignment: .left) }
    package static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
  }

  var style: Style
  /// Spaces before every line.
  var indent: Int
  var columns: [Column]
  /// `[rows][columns]`.
  var rows: [[String]]
  /// Columns from the first that name a row.
  private let labels: Int

  package init(style: Style = .plain, indent: Int = 0, labels: Int = 1, columns: [Column], rows: [[String]]) {
    self.labels = labels
    self.style = style
    self.indent = indent
    self.columns = columns.map { Column(title: printable($0.title), alignment: $0.alignment) }
    self.rows = rows.map { $0.map(printable) }
  }

  /// - Parameter width: of the terminal; nil for as wide as it gets.
  package func lines(width: Int?) -> [String] {
    let naturalWidths = columns.indices.map { column in
      max(columns[column].title.count, rows.map { $0[column].count }.max() ?? 0)
    }
    let available = max(16, (width ?? .max) - indent)
    let bands = bands(of: naturalWidths, within: available)
    return bands.enumerated().flatMap { number, band in
      (number > 0 ? [""] : []) + lines(of: band, widths: fitted(band.map { naturalWidths[$0] }, within: available))
    }
  }

  /// Columns that stand side by side.
  private func bands(of widths: [Int], within available: Int) -> [[Int]] {
    var bands: [[Int]] = []
    var band: [Int] = []
    for column in widths.indices {
      let needed = (band + [column]).reduce(frame(columns: band.count + 1)) { $0 + widths[$1] }
      if band.count > labels, needed > available {
        bands.append(band)
        band = Array(0..<labels)
      }
      band.append(column)
    }
    return bands + [band]
  }

  /// Characters of a line that are no cell's.
  private func frame(columns: Int) -> Int { style == .ruled ? 3 * columns + 1 : 2 * (columns - 1) }

  /// The widths, with those of the widest columns brought down until all fit.
  private func fitted(_ widths: [Int], within available: Int) -> [Int] {
    var widths = widths
    let narrowest = 8
    while frame(columns: widths.count) + widths.reduce(0, +) > available {
      guard let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > narrowest else { break }
      widths[widest] -= 1
    }
    return widths
  }

  private func lines(of band: [Int], widths: [Int]) -> [String] {
    let margin = String(repeating: " ", count: indent)
    let isTitled = style == .ruled || columns.contains { !$0.title.isEmpty }
    let titles = isTitled ? line(of: band.map { columns[$0].title }, in: band, widths) : []
    let rule = style == .ruled ? [rule(below: band, widths)] : []
    return (titles + rule + rows.flatMap { row in line(of: band.map { row[$0] }, in: band, widths) })
      .map { margin + $0 }
  }

  /// One row, in as many lines as its tallest cell.
  private func line(of cells: [String], in band: [Int], _ widths: [Int]) -> [String] {
    let folded = zip(cells, widths).map { $0.folded(to: $1) }
    return (0..<(folded.map(\.count).max() ?? 0)).map { line in
      let padded = band.indices.map { place in
        let text = line < folded[place].count ? folded[place][line] : ""
        let padding = String(repeating: " ", count: max(0, widths[place] - text.count))
        return columns[band[place]].alignment == .left ? text + padding : padding + text
      }
      guard style == .plain else { return "| " + padded.joined(separator: " | ") + " |" }
      return padded.joined(separator: "  ").trimmingEnd()
    }
  }

  private func rule(below band: [Int], _ widths: [Int]) -> String {
    let parts = band.indices.map { place in
      let dashes = String(repeating: "-", count: widths[place] + 1)
      return columns[band[place]].alignment == .left ? ":" + dashes : dashes + ":"
    }
    return "|" + parts.joined(separator: "|") + "|"
  }
}
