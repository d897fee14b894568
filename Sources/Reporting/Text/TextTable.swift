import Diagnostics

/// A table of text whose columns are as wide as what they hold.
///
/// Where the width does not do, columns move below in further bands, each with the columns that name a row again, or those
/// that matter least are left out (`narrowed`); a cell that is too wide even so goes on in the next line. Nothing is cut
/// off.
package struct TextTable: Sendable {
  package enum Alignment: Sendable { case left, right }

  /// A cell that is good or bad news.
  package enum Tone: Sendable {
    case good, bad

    fileprivate func coloured(_ text: String) -> String {
      "\u{1B}[\(self == .good ? 32 : 31)m\(text)\u{1B}[0m"
    }
  }

  package enum Style: Sendable {
    /// Bars between columns and a rule below the titles, as Markdown has them.
    case ruled
    /// Two spaces between columns.
    case plain
  }

  package struct Column: Sendable {
    var title: String
    var alignment: Alignment
    /// What matters less than others has more; of equals, the last matters least.
    var importance = 0
    /// `[rows]` what a terminal colours; empty for nothing.
    var tones: [Tone?] = []

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

  /// `[rows]` lengths up to 1 of bars that a terminal shows behind the labels; empty for none.
  var bars: [Double] = []

  package init(style: Style = .plain, indent: Int = 0, labels: Int = 1, columns: [Column], rows: [[String]]) {
    self.labels = labels
    self.style = style
    self.indent = indent
    self.columns = columns.map { column in
      var column = column
      column.title = printable(column.title)
      return column
    }
    self.rows = rows.map { $0.map(printable) }
  }

  /// The same without the columns that matter least, as many as are too many for the width, and their titles.
  func narrowed(to width: Int) -> (table: TextTable, without: [String]) {
    let widths = naturalWidths
    var kept = Array(columns.indices)
    while kept.count > labels + 1, frame(columns: kept.count) + kept.reduce(indent, { $0 + widths[$1] }) > width {
      let least = kept.dropFirst(labels).max { (columns[$0].importance, $0) < (columns[$1].importance, $1) }
      kept.removeAll { $0 == least }
    }
    var table = self
    table.columns = kept.map { columns[$0] }
    table.rows = rows.map { row in kept.map { row[$0] } }
    return (table, columns.indices.filter { !kept.contains($0) }.map { columns[$0].title })
  }

  /// With a column of bars behind those that name a row.
  var barred: TextTable {
    guard bars.count == rows.count else { return self }
    let longest = 12
    var table = self
    table.columns.insert(Column(title: "", alignment: .left, importance: Self.importanceOfBars), at: labels)
    for (row, bar) in bars.enumerated() {
      let eighths = max(1, Int((min(1, bar) * Double(8 * longest)).rounded()))
      let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
      table.rows[row].insert(String(repeating: "█", count: eighths / 8) + rest, at: labels)
    }
    return table
  }

  private static let importanceOfBars = 4

  private var naturalWidths: [Int] {
    columns.indices.map { column in
      max(columns[column].title.count, rows.map { $0[column].count }.max() ?? 0)
    }
  }

  /// - Parameters:
  ///   - width: of the terminal; nil for as wide as it gets.
  ///   - inColour: whether a terminal's colours are understood.
  package func lines(width: Int?, inColour: Bool = false) -> [String] {
    let naturalWidths = naturalWidths
    let available = max(16, (width ?? .max) - indent)
    let bands = bands(of: naturalWidths, within: available)
    return bands.enumerated().flatMap { number, band in
      (number > 0 ? [""] : [])
        + lines(of: band, widths: fitted(band.map { naturalWidths[$0] }, within: available), inColour: inColour)
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

  private func lines(of band: [Int], widths: [Int], inColour: Bool) -> [String] {
    let margin = String(repeating: " ", count: indent)
    let isTitled = style == .ruled || columns.contains { !$0.title.isEmpty }
    let titles = isTitled ? line(of: band.map { columns[$0].title }, in: band, widths) : []
    let rule = style == .ruled ? [rule(below: band, widths)] : []
    let cells = rows.indices.flatMap { row in
      line(of: band.map { rows[row][$0] }, in: band, widths) { place in
        let tones = columns[band[place]].tones
        return inColour && row < tones.count ? tones[row] : nil
      }
    }
    return (titles + rule + cells).map { margin + $0 }
  }

  /// One row, in as many lines as its tallest cell.
  private func line(
    of cells: [String], in band: [Int], _ widths: [Int], tone: (Int) -> Tone? = { _ in nil }
  ) -> [String] {
    let folded = zip(cells, widths).map { $0.folded(to: $1) }
    return (0..<(folded.map(\.count).max() ?? 0)).map { line in
      let padded = band.indices.map { place in
        let text = line < folded[place].count ? folded[place][line] : ""
        let padding = String(repeating: " ", count: max(0, widths[place] - text.count))
        let shown = tone(place)?.coloured(text) ?? text
        return columns[band[place]].alignment == .left ? shown + padding : padding + shown
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
