import Containers

/// Lines of steps, as bytes.
struct JSONLinesText {
  private(set) var bytes: [UInt8] = []
  private let header: TraceHeader

  init(_ header: TraceHeader) { self.header = header }

  /// The line of one layer, by its place among those of the trace.
  mutating func append(_ step: RoutingStep, layer: Int) {
    text("{\"step\":\(step.number),\"layer\":\(layer)")
    if layer == 0 {
      if let phase = step.phase { text(",\"phase\":\(quoted(phase.rawValue))") }
      if let sources = step.sources { list(sources[...], named: "source") }
      if let sequences = step.sequences { list(sequences[...], named: "sequence") }
      if let tokens = step.tokenIDs { list(tokens[...], named: "token") }
    }
    switch header.content {
    case .counts:
      list(step.counts[layer * header.experts..<(layer + 1) * header.experts], named: "counts")
    case .tokens:
      let topK = header.topK ?? 1
      let range = layer * step.tokens * topK..<(layer + 1) * step.tokens * topK
      rows(range, of: topK, named: "experts") { text, visit in
        let expert = step.experts[visit]
        if expert == RoutingStep.dropped { text.text("null") } else { text.number(UInt64(expert)) }
      }
      if let weights = step.weights {
        rows(range, of: topK, named: "weights") { text, visit in text.text(weights[visit].description) }
      }
    }
    text("}\n")
  }

  private mutating func text(_ text: String) { bytes += text.utf8 }

  private mutating func number(_ value: UInt64) {
    guard value > 9 else { return bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value)) }
    number(value / 10)
    bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10))
  }

  private mutating func list(_ values: ArraySlice<some UnsignedInteger>, named name: String) {
    text(",\"\(name)\":[")
    for index in values.indices {
      if index > values.startIndex { bytes.append(UInt8(ascii: ",")) }
      number(UInt64(values[index]))
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// - Parameter write: writes what stands at a place of the range.
  private mutating func rows(
    _ range: Range<Int>, of width: Int, named name: String, write: (inout JSONLinesText, Int) -> Void
  ) {
    text(",\"\(name)\":[")
    for row in stride(from: range.lowerBound, to: range.upperBound, by: width) {
      if row > range.lowerBound { bytes.append(UInt8(ascii: ",")) }
      bytes.append(UInt8(ascii: "["))
      for place in row..<row + width {
        if place > row { bytes.append(UInt8(ascii: ",")) }
        write(&self, place)
      }
      bytes.append(UInt8(ascii: "]"))
    }
    bytes.append(UInt8(ascii: "]"))
  }
}
