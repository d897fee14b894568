import Containers
import Diagnostics

/// Reads JSON Lines: the header, then one line per step and layer, ascending.
final class JSONLinesReader: StepDecoder {
  let header: TraceHeader
  let format = "JSON Lines"
  private let lines: LineReader
  /// The first line of a step that was read to find the end of the step before.
  private var pending: JSONLinesRow?

  init(header line: [UInt8], lines: LineReader) throws(InputError) {
    self.lines = lines
    do throws(InputError) {
      header = try TraceHeader(json: line)
    } catch { throw InputError(error.message, at: .init(line: lines.line)) }
  }

  func next() throws(InputError) -> RoutingStep? {
    if pending == nil { pending = try row() }
    guard let first = pending else { return nil }
    pending = nil
    var step = RoutingStep(
      number: first.step, phase: first.phase, tokens: first.tokens, experts: first.experts, weights: first.weights,
      sources: first.source, sequences: first.sequence, tokenIDs: first.token, counts: first.counts,
      hasDropped: first.hasDropped)
    try require(first.layer == 0, "layer 0 is missing", step: first.step, layer: first.layer)
    for layer in 1..<max(header.layers, 1) {
      guard let row = try row(), row.step == first.step else {
        throw failure("layer \(layer) is missing", step: first.step, layer: layer)
      }
      try append(row, to: &step, layer: layer)
    }
    pending = try row()
    if let pending, pending.step == step.number {
      let message = header.layers > pending.layer ? "given twice" : "expected a layer below \(header.layers)"
      throw failure(message, step: step.number, layer: pending.layer)
    }
    if header.content == .counts { step.tokens = RoutingStep.tokens(ofCounts: step.counts, header: header) }
    do throws(InputError) {
      try step.validate(against: header)
    } catch {
      var located = error
      located.place.line = first.line + (error.place.layer ?? 0)
      throw located
    }
    return step
  }

  /// Passes over all steps: lines are counted, the first and the last are taken apart.
  ///
  /// - Returns: how many steps there are, and the numbers of the first and the last.
  func passAll() throws(InputError) -> (steps: Int, ends: ClosedRange<Int>) {
    guard let first = try row() else { throw InputError("a trace without steps") }
    var (rows, text) = (1, nil as [UInt8]?)
    while let line = try lines.next() {
      rows += 1
      text = line
    }
    let last = try text.map { text throws(InputError) in try row(text) } ?? first
    let layers = max(header.layers, 1)
    guard last.layer == layers - 1 else {
      throw failure("layer \(last.layer + 1) is missing", step: last.step, layer: last.layer + 1)
    }
    guard first.step <= last.step else {
      throw InputError("follows step \(first.step); steps must ascend", at: .init(step: last.step, line: lines.line))
    }
    return ((rows + layers - 1) / layers, first.step...last.step)
  }

  private func append(_ row: JSONLinesRow, to step: inout RoutingStep, layer: Int) throws(InputError) {
    try require(
      row.layer == layer, row.layer < layer ? "given twice" : "layer \(layer) is missing", step: row.step,
      layer: row.layer)
    for (key, isSame) in [
      ("phase", row.phase == nil || row.phase == step.phase),
      ("source", row.source == nil || row.source == step.sources),
      ("sequence", row.sequence == nil || row.sequence == step.sequences),
      ("token", row.token == nil || row.token == step.tokenIDs),
    ] {
      try require(isSame, "'\(key)' is not that of layer 0", step: row.step, layer: layer)
    }
    try require(
      (row.weights == nil) == (step.weights == nil), "weights on some layers only", step: row.step, layer: layer)
    if header.content == .tokens {
      try require(
        row.tokens == step.tokens, "\(row.tokens) tokens, layer 0 has \(step.tokens)", step: row.step, layer: layer)
    }
    step.experts += row.experts
    step.counts += row.counts
    step.hasDropped = step.hasDropped || row.hasDropped
    if let weights = row.weights { step.weights?.append(contentsOf: weights) }
  }

  private func row() throws(InputError) -> JSONLinesRow? {
    guard let text = try lines.next() else { return nil }
    return try row(text)
  }

  private func row(_ text: [UInt8]) throws(InputError) -> JSONLinesRow {
    do throws(InputError) {
      return try JSONLinesRow(text, line: lines.line, header: header)
    } catch {
      var located = error
      located.place.line = lines.line
      throw located
    }
  }

  private func failure(_ message: String, step: Int, layer: Int) -> InputError {
    InputError(message, at: .init(step: step, layer: layer, line: lines.line))
  }

  private func require(_ condition: Bool, _ message: String, step: Int, layer: Int) throws(InputError) {
    if !condition { throw failure(message, step: step, layer: layer) }
  }
}

/// One line: one layer of one step.
struct JSONLinesRow {
  private(set) var line: Int
  private(set) var step = -1
  private(set) var layer = -1
  private(set) var phase: Phase?
  private(set) var tokens = 0
  private(set) var experts: [UInt16] = []
  private(set) var weights: [Float]?
  private(set) var source: [UInt32]?
  private(set) var sequence: [UInt32]?
  private(set) var token: [UInt32]?
  private(set) var counts: [UInt64] = []
  private(set) var hasDropped = false

  private static let known = [
    "step", "layer", "phase", "experts", "weights", "source", "sequence", "token", "counts",
  ]

  init(_ text: [UInt8], line: Int, header: TraceHeader) throws(InputError) {
    self.line = line
    var scanner = JSONScanner(text)
    var seenContent = false
    var row = self
    do throws(InputError) {
      try scanner.object { scanner, key throws(InputError) in
        seenContent = seenContent || key == header.content.key
        try row.read(key, from: &scanner, header: header)
      }
      try scanner.end()
    } catch {
      throw InputError(
        error.message, at: .init(step: row.step < 0 ? nil : row.step, layer: row.layer < 0 ? nil : row.layer))
    }
    self = row
    guard step >= 0, layer >= 0 else { throw InputError("needs 'step' and 'layer', both 0 or more") }
    guard seenContent else {
      throw InputError("no '\(header.content.key)'", at: .init(step: step, layer: layer))
    }
  }

  private mutating func read(_ key: String, from scanner: inout JSONScanner, header: TraceHeader) throws(InputError) {
    switch key {
    case "step": step = try scanner.integer()
    case "layer": layer = try scanner.integer()
    case "phase": phase = try scanner.choice(Phase.init, of: Phase.allCases.map(\.rawValue))
    case "experts" where header.content == .tokens:
      let topK = header.topK ?? 0
      var (rows, dropped) = (0, false)
      var values = [UInt16]()
      try scanner.array { scanner throws(InputError) in
        let before = values.count
        if !scanner.plainRow(below: header.experts, into: &values) {
          try scanner.array { scanner throws(InputError) in
            if scanner.peek() == UInt8(ascii: "n") {
              try scanner.skipValue()
              dropped = true
              values.append(RoutingStep.dropped)
            } else {
              values.append(try Self.expert(&scanner, header))
            }
          }
        }
        guard values.count - before == topK else {
          throw scanner.failure("token \(rows): \(values.count - before) experts, expected top-\(topK)")
        }
        rows += 1
      }
      tokens = rows
      experts = values
      hasDropped = dropped
    case "weights" where header.content == .tokens:
      var values = [Float]()
      try scanner.array { scanner throws(InputError) in
        try scanner.array { scanner throws(InputError) in values.append(Float(try scanner.number())) }
      }
      weights = values
    case "source": source = try Self.integers(&scanner)
    case "sequence": sequence = try Self.integers(&scanner)
    case "token": token = try Self.integers(&scanner)
    case "counts" where header.content == .counts: counts = try Self.integers(&scanner)
    case "experts", "weights", "counts":
      throw scanner.failure("'\(key)' in a trace whose content is \(header.content.rawValue)")
    default: throw scanner.failure("unknown key '\(key)'\(suggestion(for: key, in: Self.known))")
    }
  }

  private static func expert(_ scanner: inout JSONScanner, _ header: TraceHeader) throws(InputError) -> UInt16 {
    let id: Int = try scanner.integer()
    guard (0..<header.experts).contains(id) else {
      throw scanner.failure("expert \(id), expected an id below \(header.experts)")
    }
    return UInt16(id)
  }

  private static func integers<Value: FixedWidthInteger>(_ scanner: inout JSONScanner) throws(InputError) -> [Value] {
    var values = [Value]()
    try scanner.array { scanner throws(InputError) in values.append(try scanner.integer()) }
    return values
  }
}

extension TraceHeader.Content {
  /// The key that holds this content in a line.
  var key: String { self == .tokens ? "experts" : "counts" }
}
