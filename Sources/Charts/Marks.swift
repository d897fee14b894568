/// What stands for data in a plot.
extension Plot {
  /// One of several series that a reader may switch off.
  package struct Series: Sendable {
    /// Index of its colour and dashes.
    package let colour: Int
    package let name: String

    package init(colour: Int, name: String) {
      self.colour = colour
      self.name = name
    }

    package var style: String { "s\(colour % Palette.series.count)" }
  }

  /// A line through points in their order, with its values for the read-out; a point alone is a short line.
  ///
  /// - Parameters:
  ///   - points: data; those that are not finite break the line.
  ///   - values: what the read-out tells at each position of the cursor; the points' heights when nil.
  package func line(
    _ series: Series, _ points: [(x: Double, y: Double)], values: [Double]? = nil, _ quantity: Quantity
  ) -> Markup {
    var path = ""
    for run in points.split(whereSeparator: { !$0.x.isFinite || !$0.y.isFinite }) {
      let places = run.map { "\(Markup.place(x($0.x))) \(Markup.place(y($0.y)))" }
      path += "M\(places.joined(separator: "L"))"
      if run.count == 1 { path += "m-8 0h16" }
    }
    return .element(
      "g",
      [
        "class": "series \(series.style)", "data-policy": "\(series.colour)", "data-name": series.name,
        "data-unit": quantity.rawValue, "data-values": Markup.numbers(values ?? points.map(\.y)),
      ], .element("path", ["class": "line", "d": path]))
  }

  /// A mark with its own shape for each colour, and what it stands for as its title.
  package func dot(_ series: Series, at point: (x: Double, y: Double), title: String) -> Markup {
    let (x, y) = (x(point.x), y(point.y))
    let path =
      switch series.colour % 4 {
      case 0: "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z"
      case 1: "m-5 -5h10v10h-10z"
      case 2: "m0 -6l6 6l-6 6l-6 -6z"
      default: "m0 -6l6 10h-12z"
      }
    return .element(
      "path",
      [
        "class": "dot \(series.style)", "data-policy": "\(series.colour)", "data-x": Markup.numbers([point.x]),
        "data-y": Markup.numbers([point.y]), "d": "M\(Markup.place(x)) \(Markup.place(y))\(path)",
      ], .element("title", [:], Markup(title)))
  }

  /// A bar from one value to another along the horizontal axis.
  package func bar(_ style: String, from: Double, to: Double, top: Double, height: Double, title: String) -> Markup {
    .element(
      "rect",
      [
        "class": "bar \(style)", "x": Markup.place(x(from)), "y": Markup.place(top),
        "width": Markup.place(max(0, x(to) - x(from))), "height": Markup.place(height),
        "data-value": Markup.numbers([to - from]),
      ], .element("title", [:], Markup(title)))
  }

  /// Slanting lines over a bar, within its ends.
  package func hatch(from: Double, to: Double, top: Double, height: Double) -> Markup {
    let (left, right) = (x(from), x(to))
    var path = ""
    for foot in stride(from: left - height + 3, to: right, by: 6) {
      let (start, end) = (max(foot, left), min(foot + height, right))
      guard start < end else { continue }
      path += "M\(Markup.place(start)) \(Markup.place(top + height - (start - foot)))"
      path += "L\(Markup.place(end)) \(Markup.place(top + height - (end - foot)))"
    }
    return .element("path", ["class": "hatch", "d": path])
  }

  /// An interval along the horizontal axis.
  ///
  /// - Parameter middle: where it is in the picture.
  package func whisker(from: Double, to: Double, middle: Double, title: String) -> Markup {
    let (low, high, y) = (Markup.place(x(from)), Markup.place(x(to)), Markup.place(middle))
    return .element(
      "path",
      [
        "class": "whisker", "data-low": Markup.numbers([from]), "data-high": Markup.numbers([to]),
        "d": "M\(low) \(y)m0 -5v10m0 -5H\(high)m0 -5v10",
      ], .element("title", [:], Markup(title)))
  }

  /// An interval along the vertical axis.
  package func whisker(_ series: Series, at place: Double, low: Double, high: Double) -> Markup {
    .element(
      "path",
      [
        "class": "whisker", "data-policy": "\(series.colour)",
        "d": "M\(Markup.place(x(place))) \(Markup.place(y(low)))m-5 0h10m-5 0V\(Markup.place(y(high)))m-5 0h10",
      ])
  }

  /// A line from top to bottom.
  package func upright(at value: Double) -> Markup {
    let x = Markup.place(x(value))
    return .element("path", ["class": "rule", "d": "M\(x) \(Markup.place(top))V\(Markup.place(bottom))"])
  }

  /// A line across, with its name.
  package func rule(at value: Double, _ name: String = "") -> Markup {
    let y = Markup.place(y(value))
    var rule = Markup.element("path", ["class": "rule", "d": "M\(Markup.place(left)) \(y)H\(Markup.place(right))"])
    if !name.isEmpty {
      rule.add(
        "text",
        ["class": "note", "x": Markup.place(right - 2), "y": Markup.place(self.y(value) - 4), "text-anchor": "end"],
        text: name)
    }
    return rule
  }
}
