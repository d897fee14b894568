/// A side of a plot: its scale, and what is written along it.
package struct Axis: Sendable {
  package struct Tick: Sendable {
    package var value: Double
    package var label: String

    package init(value: Double, label: String) {
      self.value = value
      self.label = label
    }
  }

  package let title: String
  package let scale: Scale
  package let ticks: [Tick]
  package let hasGrid: Bool

  package init(title: String, scale: Scale, ticks: [Tick], hasGrid: Bool = true) {
    self.title = title
    self.scale = scale
    self.ticks = ticks
    self.hasGrid = hasGrid
  }

  /// Amounts of a quantity, in one unit for the whole axis.
  ///
  /// - Parameters:
  ///   - values: all that are shown.
  ///   - fromZero: whether the axis begins at 0, as lengths of bars must.
  package init(
    _ title: String, _ quantity: Quantity, _ values: some Sequence<Double>, fromZero: Bool, ticks count: Int = 5,
    hasGrid: Bool = true
  ) {
    let largest = values.reduce(0) { max($0, abs($1)) }
    let unit = quantity.unit(upTo: largest)
    let inUnits = Scale.rounded(values.map { $0 / unit.size }, fromZero: fromZero, ticks: count)
    let places = inUnits.ticks(count)
    self.init(
      title: unit.label.isEmpty ? title : "\(title) [\(unit.label)]",
      scale: Scale(.linear, inUnits.domain.lowerBound * unit.size...inUnits.domain.upperBound * unit.size),
      ticks: zip(places, Ticks.labels(places)).map { Tick(value: $0 * unit.size, label: $1) }, hasGrid: hasGrid)
  }

  /// Decades of a quantity.
  package init(logarithmic title: String, _ quantity: Quantity, _ values: some Sequence<Double>) {
    let scale = Scale.decades(values)
    let unit = quantity.unit(upTo: (scale.domain.lowerBound * scale.domain.upperBound).squareRoot())
    self.init(
      title: unit.label.isEmpty ? title : "\(title) [\(unit.label)]", scale: scale,
      ticks: scale.ticks().map { tick in
        Tick(value: tick, label: Ticks.labels([tick / unit.size, tick / unit.size * 2])[0])
      })
  }

  /// Rows of a grid, the first at the top, about eight of them named.
  package init(rows title: String, count: Int, label: (Int) -> String) {
    let step = max(1, Int(Ticks.step(for: Double(max(1, count)), count: 8)))
    self.init(
      title: title, scale: Scale(.linear, 0...Double(max(1, count))),
      ticks: stride(from: 0, to: count, by: step).map {
        Tick(value: Double(count) - Double($0) - 0.5, label: label($0))
      }, hasGrid: false)
  }

  /// Columns of a grid, about eight of them named below their middle.
  package init(columns title: String, count: Int, label: (Int) -> String) {
    let step = max(1, Int(Ticks.step(for: Double(max(1, count)), count: 8)))
    self.init(
      title: title, scale: Scale(.linear, 0...Double(max(1, count))),
      ticks: stride(from: 0, to: count, by: step).map { Tick(value: Double($0) + 0.5, label: label($0)) },
      hasGrid: false)
  }

  /// Positions 0 ..< `count`, each as wide as any other; `every` of them make one of the axis's numbers.
  package init(positions title: String, count: Int, each: Int = 1) {
    let end = Double(max(1, count) * each)
    let places = Ticks.linear(in: 0...end, count: 6).filter { $0 == $0.rounded() }
    self.init(
      title: title, scale: Scale(.linear, 0...end),
      ticks: zip(places, Ticks.labels(places)).map { Tick(value: $0, label: $1) }, hasGrid: false)
  }
}
