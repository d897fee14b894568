import Foundation

/// Spokes from a centre, each from 0 to the best of its kind, and a ring through what each series has on them.
package struct Radar: Sendable {
  private let spokes: [String]
  private let width: Double
  private let height: Double
  /// Of the outer edge.
  private let radius: Double
  private let centre: (x: Double, y: Double)

  /// Room for titles above and below.
  private static let margin = 32.0

  /// - Parameter spokes: titles of three or more, the first upward, the others clockwise.
  package init(_ spokes: [String], width: Double = 600, height: Double = 300) {
    precondition(spokes.count >= 3)
    self.spokes = spokes
    self.width = width
    self.height = height
    let lowest = spokes.indices.map { -cos(Self.angle($0, of: spokes.count)) }.max() ?? 1
    radius = (height - 2 * Self.margin) / (1 + lowest)
    centre = (width / 2, Self.margin + radius)
  }

  private static func angle(_ spoke: Int, of count: Int) -> Double { 2 * Double.pi * Double(spoke) / Double(count) }

  private func point(_ spoke: Int, _ part: Double) -> (x: Double, y: Double) {
    let angle = Self.angle(spoke, of: spokes.count)
    return (centre.x + radius * part * sin(angle), centre.y - radius * part * cos(angle))
  }

  private func ring(_ parts: [Double]) -> String {
    let points = parts.enumerated().map(point)
    return "M" + points.map { "\(Markup.place($0.x)) \(Markup.place($0.y))" }.joined(separator: "L") + "Z"
  }

  /// - Parameter parts: `[spokes]` of the best, 0…1.
  package func ring(_ series: Plot.Series, _ parts: [Double], title: String) -> Markup {
    .element(
      "g",
      ["class": "series \(series.style)", "data-policy": "\(series.colour)", "data-name": series.name],
      .element(
        "path", ["class": "line", "d": ring(parts), "data-parts": Markup.numbers(parts)],
        .element("title", [:], Markup(title))))
  }

  /// The whole picture.
  ///
  /// - Parameter label: what a screen reader says of it.
  package func svg(label: String, _ marks: Markup) -> Markup {
    .element(
      "svg",
      [
        "class": "plot", "viewBox": "0 0 \(Markup.place(width)) \(Markup.place(height))", "role": "img",
        "aria-label": label,
      ], axes + marks)
  }

  private var axes: Markup {
    let rings = [0.25, 0.5, 0.75].map { part in ring(spokes.map { _ in part }) }.joined()
    let lines = spokes.indices.map { spoke in
      let end = point(spoke, 1)
      return "M\(Markup.place(centre.x)) \(Markup.place(centre.y))L\(Markup.place(end.x)) \(Markup.place(end.y))"
    }.joined()
    var axes = Markup.element("path", ["class": "grid", "d": rings + lines])
    axes.add("path", ["class": "axis", "d": ring(spokes.map { _ in 1 })])
    for (spoke, title) in spokes.enumerated() {
      let end = point(spoke, 1)
      let y = end.y + (end.y > centre.y ? 18 : -10)
      axes.add(
        "text", ["class": "name", "x": Markup.place(end.x), "y": Markup.place(y), "text-anchor": "middle"], text: title)
    }
    return axes
  }
}
