import Containers
import Diagnostics

/// Writes JSON Lines, plain or through gzip.
final class JSONLinesWriter: StepEncoder {
  private let header: TraceHeader
  private let sink: ([UInt8]) throws(InputError) -> Void
  private let gzip: GzipWriter?

  init(header: TraceHeader, sink: @escaping ([UInt8]) throws(InputError) -> Void) throws(InputError) {
    self.header = header
    self.sink = sink
    gzip = nil
    try write(header.json)
  }

  init(
    header: TraceHeader, compressingInto sink: @escaping ([UInt8]) throws(InputError) -> Void
  ) throws(InputError) {
    self.header = header
    let gzip = try GzipWriter(sink: sink)
    self.gzip = gzip
    self.sink = { bytes throws(InputError) in try gzip.write(bytes) }
    try write(header.json)
  }

  func append(_ step: RoutingStep) throws(InputError) {
    for layer in 0..<header.layers { try write(line(of: step, layer: layer)) }
  }

  func finish() throws(InputError) { try gzip?.finish() }

  private func write(_ line: String) throws(InputError) { try sink(Array("\(line)\n".utf8)) }

  private func line(of step: RoutingStep, layer: Int) -> String {
    var line = "{\"step\":\(step.number),\"layer\":\(layer)"
    if layer == 0 {
      if let phase = step.phase { line += ",\"phase\":\(quoted(phase.rawValue))" }
      if let sources = step.sources { line += ",\"source\":[\(list(sources))]" }
      if let sequences = step.sequences { line += ",\"sequence\":[\(list(sequences))]" }
      if let tokens = step.tokenIDs { line += ",\"token\":[\(list(tokens))]" }
    }
    switch header.content {
    case .counts:
      line += ",\"counts\":[\(list(step.counts[layer * header.experts..<(layer + 1) * header.experts]))]}"
    case .tokens:
      let topK = header.topK ?? 1
      let range = layer * step.tokens * topK..<(layer + 1) * step.tokens * topK
      let ids =
        step.hasDropped
        ? rows(step.experts[range].map { $0 == RoutingStep.dropped ? "null" : "\($0)" }[...], of: topK)
        : rows(step.experts[range], of: topK)
      line += ",\"experts\":[\(ids)]"
      if let weights = step.weights { line += ",\"weights\":[\(rows(weights[range], of: topK))]" }
      line += "}"
    }
    return line
  }

  private func list(_ values: some Sequence<some CustomStringConvertible>) -> String {
    values.map(\.description).joined(separator: ",")
  }

  private func rows<Value: CustomStringConvertible>(_ values: ArraySlice<Value>, of width: Int) -> String {
    stride(from: values.startIndex, to: values.endIndex, by: width)
      .map { "[\(list(values[$0..<$0 + width]))]" }
      .joined(separator: ",")
  }
}
