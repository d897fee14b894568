/// A picture with two axes. Places are those of its view box, which the page scales to the width that there is.
package struct Plot: Sendable {
  /// About as wide as a letter or digit in a narrow window, where texts are larger.
  static let letter = 8.4

  package let x: Axis
  package let y: Axis
  package let width: Double
  package let height: Double
  private let margins: (top: Double, right: Double, bottom: Double, left: Double)

  /// - Parameters:
  ///   - left: what is left for the labels of the vertical axis; as much as they need when nil.
  ///   - right: what is left for texts beside the marks.
  ///   - headroom: what is left above the plot for marks.
  package init(
    x: Axis, y: Axis, width: Double = 600, height: Double = 280, left: Double? = nil, right: Double = 14,
    headroom: Double = 0
  ) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
    let widest = y.ticks.map(\.label.count).max() ?? 0
    margins = (26 + headroom, right, 42, left ?? max(34, 10 + Self.letter * Double(widest)))
  }

  package var left: Double { margins.left }
  package var right: Double { width - margins.right }
  package var top: Double { margins.top }
  package var bottom: Double { height - margins.bottom }

  package func x(_ value: Double) -> Double { left + x.scale.place(value) * (right - left) }
  package func y(_ value: Double) -> Double { bottom - y.scale.place(value) * (bottom - top) }

  /// The whole picture.
  ///
  /// - Parameters:
  ///   - label: what a screen reader says of it.
  ///   - cursor: what the page's script moves over it, if anything.
  package func svg(label: String, cursor: Cursor? = nil, _ marks: Markup) -> Markup {
    .element(
      "svg",
      [
        "class": "plot", "viewBox": "0 0 \(Markup.place(width)) \(Markup.place(height))", "role": "img",
        "aria-label": label, "data-cursor": cursor?.name, "data-each": cursor.map { "\($0.each)" },
        "data-count": cursor.map { "\($0.count)" }, "data-axis": cursor.map { $0.isUpward ? "y" : "x" },
        "data-left": Markup.place(left), "data-right": Markup.place(right), "data-top": Markup.place(top),
        "data-bottom": Markup.place(bottom),
      ], axes + marks)
  }

  private var axes: Markup {
    var axes = Markup()
    var grid = ""
    for tick in y.ticks where y.hasGrid {
      grid += "M\(Markup.place(left)) \(Markup.place(y(tick.value)))H\(Markup.place(right))"
    }
    for tick in x.ticks where x.hasGrid {
      grid += "M\(Markup.place(x(tick.value))) \(Markup.place(top))V\(Markup.place(bottom))"
    }
    if !grid.isEmpty { axes.add("path", ["class": "grid", "d": grid]) }
    axes.add(
      "path",
      [
        "class": "axis",
        "d": "M\(Markup.place(left)) \(Markup.place(top))V\(Markup.place(bottom))H\(Markup.place(right))",
      ])
    for tick in y.ticks {
      axes.add(
        "text",
        ["class": "tick", "x": Markup.place(left - 6), "y": Markup.place(y(tick.value) + 4), "text-anchor": "end"],
        text: tick.label)
    }
    for tick in x.ticks {
      let place = x(tick.value)
      let half = Self.letter / 2 * Double(tick.label.count)
      let (x, anchor) = place + half > width ? (width, "end") : place < half ? (0, "start") : (place, "middle")
      axes.add(
        "text", ["class": "tick", "x": Markup.place(x), "y": Markup.place(bottom + 16), "text-anchor": anchor],
        text: tick.label)
    }
    axes.add("text", ["class": "name", "x": "2", "y": "13"], text: y.title)
    axes.add(
      "text",
      ["class": "name", "x": Markup.place(right), "y": Markup.place(height - 8), "text-anchor": "end"], text: x.title)
    return axes
  }
}

/// What a slider under a chart steps through; those of the same name on a page move together.
package struct Cursor: Sendable {
  package let name: String
  package let count: Int
  /// Steps, layers, … that one of them stands for.
  package let each: Int
  /// Whether it goes up the vertical axis.
  package let isUpward: Bool

  package init(_ name: String, count: Int, each: Int = 1, isUpward: Bool = false) {
    self.name = name
    self.count = count
    self.each = each
    self.isUpward = isUpward
  }
}
