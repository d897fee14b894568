import Foundation
import Inspection
import Studies

/// What `inspect --against` prints.
public struct ComparisonReport: Codable, Sendable {
  public var routing: RoutingComparison
  public var machine: MachineComparison

  public init(routing: RoutingComparison, machine: MachineComparison) {
    self.routing = routing
    self.machine = machine
  }

  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  public func table() -> String {
    func line(_ title: String, _ pair: RoutingComparison.Pair) -> String {
      let change = pair.reference == 0 ? 0 : (pair.trace / pair.reference - 1) * 100
      return title.padding(toLength: 44, withPad: " ", startingAt: 0)
        + String(format: "%9.3f  %9.3f  %+7.1f %%", pair.trace, pair.reference, change)
    }
    let divergences = routing.perLayer.map(\.divergence)
    let correlations = routing.perLayer.compactMap(\.rankCorrelation)
    var lines = ["".padding(toLength: 44, withPad: " ", startingAt: 0) + "    trace  reference"]
    lines.append(line("skewness, mean over layers", routing.skewnessMean))
    lines.append(line("skewness, largest layer", routing.skewnessMax))
    lines.append(line("max/mean expert load of a step, median", routing.stepImbalance))
    if let overlap = routing.neighbourOverlap { lines.append(line("neighbour overlap", overlap)) }
    if let lift = routing.pairLift { lines.append(line("pairs together, over independent ones", lift)) }
    for entry in routing.ranksPerToken { lines.append(line("ranks per token of \(entry.ranks)", entry.mean)) }
    for policy in machine.policies {
      lines.append(
        line(
          "\(policy.name): comm, ns per token and layer",
          .init(trace: policy.trace * 1e3, reference: policy.reference * 1e3)))
      if let improvement = policy.improvement, let reference = policy.referenceImprovement {
        lines.append(
          "\(policy.name): improvement, %".padding(toLength: 44, withPad: " ", startingAt: 0)
            + String(
              format: "%9.3f  %9.3f  %+7.1f points", improvement * 100, reference * 100,
              (improvement - reference) * 100))
      }
    }
    lines.append(String(format: "Kolmogorov-Smirnov distance of steps' max/mean: %.3f", routing.stepImbalanceDistance))
    lines.append(
      String(
        format: "Kullback-Leibler divergence of load: mean %.4f, largest %.4f nats",
        divergences.reduce(0, +) / Double(max(1, divergences.count)), divergences.max() ?? 0))
    lines.append(
      String(
        format: "rank correlation of load: mean %.3f, smallest %.3f",
        correlations.reduce(0, +) / Double(max(1, correlations.count)), correlations.min() ?? 0))
    lines.append("on \(machine.cluster), \(machine.ranks) ranks, \(machine.model)")
    return lines.joined(separator: "\n") + "\n"
  }
}
