import Foundation

/// Spokes from a centre, each from 0 to the best of its kind, and a ring through what each series has on them.
package struct Radar: Sendable {
  package struct Spoke: Sendable {
    package let title: String

    package init(_ title: String) { self.title = title }
  }

  private let spokes: [Spoke]
  private let size: (width: Double, height: Double)

  /// - Parameter spokes: three or more, the first upward, clockwise.
  package init(_ spokes: [Spoke], width: Double = 600, height: Double = 320) {
    precondition(spokes.count >= 3)
    self.spokes = spokes
    size = (width, height)
  }

  private var radius: Double { size.height / 2 - 40 }

  private func point(_ spoke: Int, _ part: Double) -> (x: Double, y: Double) {
    let angle = 2 * Double.pi * Double(spoke) / Double(spokes.count)
    return (size.width / 2 + radius * part * sin(angle), size.height / 2 + 10 - radius * part * cos(angle))
  }

  private func ring(_ parts: [Double]) -> String {
    "M"
      + parts.enumerated().map { spoke, part in
        let point = point(spoke, part)
        return "\(Markup.place(point.x)) \(Markup.place(point.y))"
      }.joined(separator: "L") + "Z"
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
        "class": "plot", "viewBox": "0 0 \(Markup.place(size.width)) \(Markup.place(size.height))", "role": "img",
        "aria-label": label,
      ], axes + marks)
  }

  private var axes: Markup {
    let rings = [0.25, 0.5, 0.75].map { ring(spokes.map { _ in $0 }) }.joined()
    let lines = spokes.indices.map { spoke in
      let (centre, end) = (point(spoke, 0), point(spoke, 1))
      return "M\(Markup.place(centre.x)) \(Markup.place(centre.y))L\(Markup.place(end.x)) \(Markup.place(end.y))"
    }.joined()
    var axes = Markup.element("path", ["class": "grid", "d": rings + lines])
    axes.add("path", ["class": "axis", "d": ring(spokes.map { _ in 1 })])
    for (spoke, of) in spokes.enumerated() {
      let place = point(spoke, 1.08)
      let (middle, x) = (size.width / 2, place.x)
      let anchor = abs(x - middle) < 1 ? "middle" : x > middle ? "start" : "end"
      let y = place.y > size.height / 2 ? place.y + 12 : place.y
      axes.add(
        "text", ["class": "name", "x": Markup.place(x), "y": Markup.place(y), "text-anchor": anchor], text: of.title)
    }
    return axes
  }
}
