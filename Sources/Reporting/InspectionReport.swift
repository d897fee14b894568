import Foundation
import RoutingTrace

/// What `inspect` prints.
public enum InspectionReport {
  /// One JSON object, keys sorted; what does not apply is absent.
  public static func json(_ inspection: TraceInspection) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(inspection), as: UTF8.self) + "\n"
  }

  public static func table(_ inspection: TraceInspection) -> String {
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
    lines.append(String(format: "entropy (1 is even): mean %.3f", inspection.entropy))
    if let correlation = inspection.halvesCorrelation {
      lines.append(String(format: "load correlation, first half against second: mean %.3f", correlation))
    }
    lines += ["", " layer  skewness  entropy  unused  halves"]
    for layer in inspection.perLayer {
      let correlation = layer.halvesCorrelation.map { String(format: "%6.3f", $0) } ?? "     -"
      lines.append(
        String(format: "%6d  %8.2f  %7.3f  %6d  ", layer.layer, layer.skewness, layer.entropy, layer.unusedExperts)
          + correlation)
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
