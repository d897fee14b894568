import Charts
import Replay

extension ResultChart {
  /// What every layer waits longest for under each policy.
  static let boundBy = ResultChart(
    "bound-by", "What binds each layer",
    missing: "The result does not tell what binds layers: the cluster does not describe its GPUs."
  ) { charted in
    let told = charted.policies.compactMap { policy in policy.policy.roofline.map { (policy, $0.layers) } }
    guard let layers = told.first?.1, !layers.isEmpty else { return nil }
    let kinds = ["memory", "communication", "math"]
    let words = ["memory", "communication", "arithmetic"]
    let names = ["experts", "dispatch", "migration"]
    let states = told.map { $0.1.map { layer in kinds.firstIndex(of: layer.boundBy) ?? 0 } }
    let plot = Plot(
      x: Axis(columns: "layer", count: layers.count) { "\(layers[$0].layer)" },
      y: Axis(title: "policy", scale: Scale(.linear, 0...Double(told.count)), ticks: []),
      height: 80 + 34 * Double(told.count), left: 8)
    let rowHeight = (plot.bottom - plot.top) / Double(told.count)
    var marks = Markup()
    for (row, (policy, _)) in told.enumerated() {
      marks += plot.strip(
        policy, states[row], kinds: words, names: names, top: plot.top + rowHeight * Double(row), height: rowHeight)
    }
    let counts = charted.told.compactMap { policy -> String? in
      guard let row = told.firstIndex(where: { $0.0.name == policy.name }) else { return nil }
      let most = kinds.indices.map { kind in (words[kind], states[row].count { $0 == kind }) }.filter { $0.1 > 0 }
      return "\(policy.name.shortened()) \(most.map { "\($0.0) \($0.1)" }.joined(separator: ", "))"
    }
    let reading = "Layers that wait longest for what, counted: \(counts.joined(separator: "; "))."
    return Drawing(
      reading: reading, panels: [.init(picture: plot.svg(label: "What binds each layer. \(reading)", marks))],
      legend: zip(words, names).map { .init(style: $1, label: $0) })
  }
}

extension Plot {
  /// A row of boxes, a layer each, below the policy's name.
  fileprivate func strip(
    _ policy: ChartedResult.Policy, _ states: [Int], kinds: [String], names: [String], top: Double, height: Double
  ) -> Markup {
    var marks = Markup()
    marks.add(
      "text", ["class": "label", "x": Markup.place(left + 2), "y": Markup.place(top + 10)],
      text: policy.name.shortened(to: 56))
    var layer = 0
    while layer < states.count {
      let start = layer
      while layer < states.count, states[layer] == states[start] { layer += 1 }
      marks += bar(
        names[states[start]], from: Double(start), to: Double(layer), top: top + 14, height: height - 18,
        title: "\(policy.name): \(Readable.count(layer - start, "layer")) bound by \(kinds[states[start]])")
    }
    return .element(
      "g",
      [
        "data-policy": "\(policy.series.colour)", "data-name": policy.name,
        "data-states": states.map { kinds[$0] }.joined(separator: " "),
      ], marks)
  }
}
