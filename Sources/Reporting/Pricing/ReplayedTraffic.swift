import Diagnostics
import PerformanceModel
import Replay

/// The files that tell what every layer of every step sends under every policy.
public enum ReplayedTraffic {
  /// Begins every line: the policy, the step's number in the trace, the layer's in the model, dispatch or combine.
  private static let labels = "policy,step,layer,part,"

  /// The first line of a file of matrices.
  public static func matrixHeader(ranks: Int) -> String {
    labels + "source," + (0..<ranks).map { "to_\($0)" }.joined(separator: ",") + "\n"
  }

  /// Bytes from each rank to each other, a line for each rank that sends.
  ///
  /// - Parameter policies: names, in the order of the lines of a step.
  public static func matrices(of setting: ReplaySetting, policies: [String]) -> TrafficTexts {
    TrafficTexts(policies: policies, layerNumbers: setting.header.layerNumbers) { traffic, step, layer in
      parts(of: traffic).map { part, bytes in
        let label = Self.label(traffic, step: step, layer: layer, part: part)
        return (0..<traffic.ranks).map { source in
          let row = bytes[source * traffic.ranks..<(source + 1) * traffic.ranks]
          return "\(label)\(source),\(row.map(Records.cell).joined(separator: ","))\n"
        }.joined()
      }.joined()
    }
  }

  /// The first line of a log of rounds.
  public static let logHeader = labels + PacketLog.header

  /// The rounds of the packet simulation, as `PacketLog` has them.
  ///
  /// - Throws: `InputError` (usage) for a communication model that has none.
  public static func rounds(of setting: ReplaySetting, policies: [String]) throws(InputError) -> TrafficTexts {
    guard let model = setting.allToAll as? RoundRobinModel else {
      throw InputError.withoutRounds(setting.cluster.allToAll)
    }
    return TrafficTexts(policies: policies, layerNumbers: setting.header.layerNumbers) { traffic, step, layer in
      try parts(of: traffic).map { part, bytes in
        var log = PacketLog(labels: Self.label(traffic, step: step, layer: layer, part: part))
        _ = try model.schedule(bytes: bytes, ranks: traffic.ranks) { log.append($0) }
        return log.text
      }.joined()
    }
  }

  private static func parts(of traffic: ObservedTraffic) -> [(part: String, bytes: [Double])] {
    [("dispatch", traffic.dispatch)] + (traffic.combine.map { [("combine", $0)] } ?? [])
  }

  private static func label(_ traffic: ObservedTraffic, step: Int, layer: Int, part: String) -> String {
    "\(csvCell(traffic.policy)),\(step),\(layer),\(part),"
  }
}
