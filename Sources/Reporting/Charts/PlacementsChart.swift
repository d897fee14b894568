import Charts
import Replay

extension ResultChart {
  /// The expert of every slot of one layer after the last step, a grid for each policy.
  static let placements = ResultChart(
    "placements", "Placement of a layer after the last step",
    missing: needsDetails + " Policies that keep the first placement are not drawn." + withoutChanges, isWide: true
  ) { charted in
    guard let details = charted.details, !details.layers.isEmpty else { return nil }
    let moving = charted.detailed.filter { _, found in
      found.layers.contains {
        $0.placementBefore != $0.placementAfter || Set($0.placementAfter).count < $0.placementAfter.count
      }
    }
    guard !moving.isEmpty else { return nil }
    let shown = charted.mostUneven
    let reading = charted.placementReading(layer: shown)
    let width = Drawing.width(of: moving.count)
    return Drawing(
      reading: reading,
      panels: moving.map { charted.placement($0.policy, $0.details.layers, shown: shown, width: width) },
      legend: SlotState.allCases.map { .init(style: $0.style, label: $0.label) }, layers: details.layers,
      shownLayer: shown)
  }
}

/// What became of a slot.
enum SlotState: Int, CaseIterable {
  case kept, replica, moved, movedReplica

  /// - Parameters:
  ///   - isMoved: whether its rank did not hold its expert before the first step.
  ///   - replicas: slots of its expert.
  init(isMoved: Bool, replicas: Int) {
    self = isMoved ? (replicas > 1 ? .movedReplica : .moved) : (replicas > 1 ? .replica : .kept)
  }

  /// A class of the page.
  var style: String {
    switch self {
    case .kept: "h2"
    case .replica: "h1"
    case .moved: "h3"
    case .movedReplica: "h4"
    }
  }

  var label: String {
    switch self {
    case .kept: "its rank held the expert before"
    case .replica: "one of several replicas, held before"
    case .moved: "came to this rank"
    case .movedReplica: "one of several replicas, came to this rank"
    }
  }

  /// `[slots]` of a layer.
  static func all(before: [Int], after: [Int], ranks: Int) -> [SlotState] {
    func held(_ placement: [Int]) -> [Set<Int>] {
      let perRank = placement.count / max(1, ranks)
      return (0..<ranks).map { Set(placement[$0 * perRank..<($0 + 1) * perRank]) }
    }
    let earlier = held(before)
    let perRank = max(1, after.count / max(1, ranks))
    let replicas = after.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    return after.enumerated().map { slot, expert in
      SlotState(isMoved: !earlier[slot / perRank].contains(expert), replicas: replicas[expert] ?? 1)
    }
  }
}

extension ChartedResult {
  /// Experts that one number of a cell has room for, beside its state.
  private static let experts = 1 << 20

  fileprivate func placementReading(layer: Int) -> String {
    let told = others.compactMap { policy -> String? in
      guard let found = policy.details?.layers[layer] else { return nil }
      let states = SlotState.all(before: found.placementBefore, after: found.placementAfter, ranks: ranks)
      let moved = states.count { $0 == .moved || $0 == .movedReplica }
      return "\(policy.name.shortened()) \(moved) of \(states.count)"
    }
    return
      "In layer \(details?.layers[layer] ?? 0), slots whose expert came to their rank: \(told.joined(separator: ", "))."
  }

  fileprivate func placement(
    _ policy: Policy, _ layers: [PolicyResult.Details.LayerLoad], shown: Int, width: Double
  ) -> Drawing.Panel {
    let most = layers.map { $0.placementAfter.count / ranks }.max() ?? 1
    // Ranks side by side, so that a node is a block.
    let plot = Plot(
      x: Axis(columns: "rank", count: ranks) { "\($0)" }, y: Axis(rows: "slot", count: most) { "\($0)" },
      width: width,
      height: min(340, 80 + 20 * Double(most)))
    let states = layers.map { SlotState.all(before: $0.placementBefore, after: $0.placementAfter, ranks: ranks) }
    func grid<Value>(_ values: [Value], _ place: Int, else nothing: Value) -> [Value] {
      let perRank = values.count / ranks
      return (0..<most).flatMap { row in
        (0..<ranks).map { rank in row < perRank ? values[rank * perRank + row] : nothing }
      }
    }
    func cells(_ place: Int) -> [Int] {
      let values = zip(states[place], layers[place].placementAfter).map { $0.rawValue * Self.experts + $1 }
      return grid(values, place, else: 0)
    }
    let shownStates = grid(states[shown].map(\.rawValue), shown, else: 0)
    let marks = HeatMarks(columns: ranks, rows: most) { shownStates[$0 * ranks + $1] }
    var data = HeatData(kind: "state", row: "slot", column: "rank")
    data.name = policy.name
    data.policy = policy.series.colour
    data.rowNames = Array(0..<most)
    let largest = SlotState.allCases.count * Self.experts
    data.cells = .init(cells(shown), largest: largest)
    var hidden = Markup()
    for place in layers.indices where layers.count > 1 {
      hidden.add(
        "i", ["data-layer": "\(place)", "data-cells": HeatData.Cells(cells(place), largest: largest).text], Markup())
    }
    let picture = plot.svg(
      label: "Experts of every slot under \(policy.name)",
      marks.svg(
        in: plot, names: SlotState.allCases.map(\.style), fill: 0, data: data,
        columnLines: ranks > result.cluster.ranksPerNode
          ? Array(stride(from: result.cluster.ranksPerNode, to: ranks, by: result.cluster.ranksPerNode)) : []))
    return .init(title: policy.name, policy: policy.series.colour, picture: picture, hidden: hidden)
  }
}
