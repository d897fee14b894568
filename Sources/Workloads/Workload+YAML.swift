import Diagnostics

extension Workload {
  /// The YAML of a fitted workload, which `init(parsing:name:)` reads back.
  ///
  /// - Precondition: the popularity is a table and time stands still or has segments, as `WorkloadFit` gives them.
  public var yaml: String {
    var lines = ["# Statistics of a recording, without any of its tokens: written by `expert-replay fit`."]
    lines.append(yamlLine("name", name))
    if let fittedTo { lines.append(yamlLine("fittedTo", fittedTo)) }
    if let model { lines.append(yamlLine("model", model)) }
    if content == .counts { lines.append("content: counts") }
    lines += ["experts: \(experts)", "topK: \(topK)", "layers: \(layers)"]
    if layerNumbers == Array(layerNumbers[0]..<layerNumbers[0] + layers) {
      if layerNumbers[0] > 0 { lines.append("firstLayer: \(layerNumbers[0])") }
    } else {
      lines.append("layerNumbers: [\(layerNumbers.map(String.init).joined(separator: ", "))]")
    }
    if let phase { lines.append("phase: \(phase.rawValue)") }
    lines += batchingLines
    if case .shares(let shares) = sources { lines.append("sources: \(shares.yaml)") }
    if let correlation = correlation.yaml { lines.append("correlation: \(correlation)") }
    if let table = popularity as? TablePopularity {
      lines += ["popularity:", "  kind: table", "  shares:"] + table.rows.map(Self.row)
    }
    if let segments = time as? Segments {
      lines += ["time:", "  kind: segments", "  count: \(segments.shares.count)", "  shares:"]
      lines += segments.shares.flatMap { $0.map(Self.row) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ values: [Double]) -> String {
    "    - \(values.map { String(Int($0)) }.joined(separator: " "))"
  }

  private var batchingLines: [String] {
    switch batching {
    case .fixed(let steps, let tokens, _): return ["steps: \(steps)", "tokensPerStep: \(tokens)"]
    case .prefill(let lengths, let tokens): return ["tokensPerStep: \(tokens)", "sequences: \(lengths.yaml)"]
    case .decode(let lengths, let inFlight): return ["inFlight: \(inFlight)", "sequences: \(lengths.yaml)"]
    }
  }
}
