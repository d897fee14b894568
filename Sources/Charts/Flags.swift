/// Names of places along a plot's horizontal axis, above it, in as few rows as keep them apart.
package struct Flags: Sendable {
  private struct Flag {
    let place: Double
    let name: String
    /// From left to right, places of the picture.
    let span: Range<Double>
    /// From the plot on.
    var row: Int
  }

  private static let rowHeight = 15.0
  /// Beyond them a place has its line and its title alone.
  private static let mostRows = 6

  private var flags: [Flag] = []

  /// - Parameters:
  ///   - names: by place on the axis, each short enough for the picture.
  ///   - plot: of the same width and horizontal axis as the one that they are for, whatever its height.
  package init(_ names: [(place: Double, name: String)], of plot: Plot) {
    for (place, name) in names.sorted(by: { $0.place > $1.place }) {
      let width = Plot.letter * Double(name.count + 1)
      let start = min(plot.x(place), plot.width - width)
      let span = start..<start + width
      let beside = flags.filter { $0.span.overlaps(span) }.map(\.row).max()
      flags.append(Flag(place: place, name: name, span: span, row: beside.map { $0 + 1 } ?? 0))
    }
  }

  private var rows: Int { min(Self.mostRows, (flags.map(\.row).max() ?? -1) + 1) }

  /// What they take above the plot.
  package var height: Double { Double(rows) * Self.rowHeight }

  /// The names, and a line from each to the bottom of the plot.
  ///
  /// - Parameter above: what is left between the plot and the lowest row, for other marks.
  package func marks(on plot: Plot, above: Double) -> Markup {
    var (lines, names) = (Markup(), Markup())
    for flag in flags {
      let foot = plot.top - above - Double(min(flag.row, rows)) * Self.rowHeight
      let x = Markup.place(plot.x(flag.place))
      lines += .element(
        "path", ["class": "rule", "d": "M\(x) \(Markup.place(foot))V\(Markup.place(plot.bottom))"],
        .element("title", [:], Markup(flag.name)))
      guard flag.row < rows else { continue }
      names.add(
        "text", ["class": "note label", "x": Markup.place(flag.span.lowerBound + 3), "y": Markup.place(foot - 4)],
        text: flag.name)
    }
    return lines + names
  }
}
