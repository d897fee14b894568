import Foundation
import Inspection

/// What `inspect` prints.
public enum InspectionReport {
  /// One JSON object, keys sorted; what does not apply is absent.
  public static func json(_ inspection: TraceInspection) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(inspection), as: UTF8.self) + "\n"
  }

  /// - Parameter inColour: draws the heat map in a terminal's colours.
  public static func table(_ inspection: TraceInspection, inColour: Bool = false) -> String {
    var lines = summary(inspection)
    if let phases = inspection.phases { lines += table(phases) }
    if !inspection.ranks.isEmpty { lines += table(inspection.ranks) }
    if !inspection.drift.isEmpty {
      let entries = inspection.drift.map { String(format: "%d: %.3f", $0.lag, $0.correlation) }
      lines += ["", "load correlation after steps  \(entries.joined(separator: "  "))"]
    }
    lines += ["", " layer  skewness  entropy   gini  unused  halves"]
    for layer in inspection.perLayer {
      lines.append(
        String(
          format: "%6d  %8.2f  %7.3f  %5.3f  %6d  ", layer.layer, layer.skewness, layer.entropy, layer.gini,
          layer.unusedExperts) + (layer.halvesCorrelation.map { String(format: "%6.3f", $0) } ?? "     -"))
    }
    lines += ["", " layer  experts from left to right; hottest is 4 times the layer's mean"]
    lines += HeatMap.lines(inspection.perLayer.map { ($0.layer, $0.load) }, inColour: inColour)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func table(_ sizes: [TraceInspection.Ranks]) -> [String] {
    func right(_ text: String?, _ width: Int) -> String {
      let text = text ?? "-"
      return String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let title = " ranks  skewness  largest  ranks per token  nodes  nodes per token  most  allowed"
    return ["", title]
      + sizes.map { entry in
        [
          right("\(entry.ranks)", 6), right(String(format: "%.2f", entry.skewness.mean), 8),
          right(String(format: "%.2f", entry.skewness.max), 7),
          right(entry.ranksPerToken.map { String(format: "%.2f", $0) }, 15), right(entry.nodes.map(String.init), 5),
          right(entry.nodesPerToken.map { String(format: "%.2f", $0) }, 15),
          right(entry.mostNodesPerToken.map(String.init), 4), right(entry.nodesPerTokenLimit.map(String.init), 7),
        ].joined(separator: "  ")
      }
  }

  private static func table(_ phases: TraceInspection.Phases) -> [String] {
    var lines = ["", "   phase    steps      tokens  skewness  largest  of a step"]
    for part in phases.parts {
      lines.append(
        part.phase.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
          + String(
            format: "  %7d  %10d  %8.2f  %7.2f  %9.2f", part.steps, part.tokens, part.skewness.mean, part.skewness.max,
            part.stepImbalance.median))
    }
    if let correlation = phases.loadCorrelation {
      lines.append(String(format: "load correlation of prefill and decode: %.3f", correlation))
    }
    return lines
  }

  private static func summary(_ inspection: TraceInspection) -> [String] {
    let trace = inspection.trace
    var lines = ["\(trace.name): \(trace.steps) steps, \(trace.tokens) tokens, \(trace.content.rawValue)"]
    var shape = "\(trace.layers) MoE layers, \(trace.experts) experts"
    if let topK = trace.topK { shape += ", top-\(topK)" }
    if let model = trace.model { shape += ", model \(model)" }
    if let phase = trace.phase { shape += ", \(phase.rawValue)" }
    lines.append(shape)
    if let provenance = trace.provenance {
      let parts = [provenance.method, provenance.from.map { "from \($0)" }, provenance.licence].compactMap(\.self)
      lines.append("\(provenance.origin.rawValue): \(parts.joined(separator: "; "))")
    }
    let tokens = trace.tokensPerStep
    lines.append(
      String(format: "tokens per step: mean %.1f, smallest %.0f, largest %.0f", tokens.mean, tokens.min, tokens.max))
    lines.append(
      String(
        format: "skewness (max/mean expert load): mean %.2f, max %.2f", inspection.skewness.mean,
        inspection.skewness.max))
    lines.append(
      String(
        format: "max/mean expert load of single steps: median %.2f, 95 %% below %.2f", inspection.stepImbalance.median,
        inspection.stepImbalance.p95))
    lines.append(
      String(format: "entropy (1 is even): mean %.3f; gini (0 is even): mean %.3f", inspection.entropy, inspection.gini)
    )
    if let correlation = inspection.halvesCorrelation {
      lines.append(String(format: "load correlation, first half against second: mean %.3f", correlation))
    }
    if let overlap = inspection.overlap {
      lines.append(
        String(
          format: "experts shared with the sequence's previous token: %.1f %%, by chance %.1f %%",
          overlap.neighbour * 100, overlap.independent * 100))
    }
    if let lift = inspection.pairLift {
      lines.append(
        String(
          format: "a token's experts together, times as often as independent ones: mean %.2f, max %.2f", lift.mean,
          lift.max))
    }
    return lines
  }
}
