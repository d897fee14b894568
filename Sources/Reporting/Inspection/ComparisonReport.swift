import Foundation
import Inspection
import Studies

/// What `inspect --against` prints: how close one trace comes to another.
public struct ComparisonReport: Report {
  private struct Content: Encodable, Sendable {
    let routing: RoutingComparison
    let machine: MachineComparison
    let notes: [String]
  }

  let routing: RoutingComparison
  let machine: MachineComparison
  private let notes: [String]

  public init(routing: RoutingComparison, machine: MachineComparison, notes: [String] = []) {
    self.routing = routing
    self.machine = machine
    self.notes = notes
  }

  public var title: String { "A trace against its reference on \(machine.cluster)" }

  public var content: ReportContent { .object(Content(routing: routing, machine: machine, notes: notes)) }

  /// A row for each layer.
  public var records: Records {
    get throws { try Records(routing.perLayer.map { (["layer": String($0.layer)], $0) }) }
  }

  public var blocks: [ReportBlock] {
    let divergences = routing.perLayer.map(\.divergence)
    let correlations = routing.perLayer.compactMap(\.rankCorrelation)
    let table = TextTable(
      columns: [.left(""), .right("trace"), .right("reference"), .right(""), .left("")],
      rows: routingRows + machineRows)
    return [
      .table(table),
      .line(String(format: "Kolmogorov-Smirnov distance of steps' max/mean: %.3f", routing.stepImbalanceDistance)),
      .line(
        String(
          format: "Kullback-Leibler divergence of load: mean %.4f, largest %.4f nats",
          divergences.reduce(0, +) / Double(max(1, divergences.count)), divergences.max() ?? 0)),
      .line(
        String(
          format: "rank correlation of load: mean %.3f, smallest %.3f",
          correlations.reduce(0, +) / Double(max(1, correlations.count)), correlations.min() ?? 0)),
      .line("on \(machine.cluster), \(machine.ranks) ranks, \(machine.model)"),
    ] + notes.map { .paragraph("Note: \($0)") }
  }

  private var routingRows: [[String]] {
    var rows = [
      row("skewness, mean over layers", routing.skewnessMean), row("skewness, largest layer", routing.skewnessMax),
      row("max/mean expert load of a step, median", routing.stepImbalance),
    ]
    if let overlap = routing.neighbourOverlap { rows.append(row("neighbour overlap", overlap)) }
    if let lift = routing.pairLift { rows.append(row("pairs together, over independent ones", lift)) }
    return rows + routing.ranksPerToken.map { row("ranks per token of \($0.ranks)", $0.mean) }
  }

  private var machineRows: [[String]] {
    machine.policies.flatMap { policy in
      let time = row(
        "\(policy.name): comm, ns per token and layer",
        .init(trace: policy.trace * 1e3, reference: policy.reference * 1e3))
      guard let improvement = policy.improvement, let reference = policy.referenceImprovement else { return [time] }
      let improvements = row(
        "\(policy.name): improvement, %", improvement * 100, reference * 100,
        change: (improvement - reference) * 100, "points")
      return [time, improvements]
    }
  }

  private func row(_ title: String, _ pair: RoutingComparison.Pair) -> [String] {
    let change = pair.reference == 0 ? 0 : (pair.trace / pair.reference - 1) * 100
    return row(title, pair.trace, pair.reference, change: change, "%")
  }

  private func row(
    _ title: String, _ trace: Double, _ reference: Double, change: Double, _ unit: String
  ) -> [String] {
    [
      title, Readable.number(trace, decimals: 3), Readable.number(reference, decimals: 3),
      String(format: "%+.1f", change), unit,
    ]
  }
}
