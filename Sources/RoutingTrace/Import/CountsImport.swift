import Diagnostics

/// Tokens per expert, `{"logical_count": [layers][experts]}` or `[steps][layers][experts]`, as SGLang's recorder writes.
///
/// Layers without any token are dense: they are dropped and the others keep their numbers.
struct CountsImport: TraceImport {
  let name = "counts"
  let summary = "JSON {\"logical_count\": [L][E] or [S][L][E]} (SGLang)"

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    let recording: CountsRecording
    do throws(InputError) {
      recording = try CountsRecording(json: try readWhole(sources[0]))
    } catch { throw error.attributed(to: sources[0]) }
    if let experts = options.experts, experts != recording.experts {
      throw InputError("\(experts), the recording has \(recording.experts)", in: "--experts", status: .usage)
    }
    let (name, provenance) = TraceHeader.imported(from: sources, format: name, options: options)
    let layers = options.layers ?? recording.moeLayers
    if let beyond = layers.first(where: { $0 >= recording.layers }) {
      throw InputError("layer \(beyond) of \(recording.layers)", in: "--layers", status: .usage)
    }
    let header = TraceHeader(
      name: name, content: .counts, provenance: provenance, model: options.model, layerNumbers: layers,
      experts: recording.experts, topK: options.topK)
    do throws(InputError) {
      try header.validate()
      return .steps(StoredSteps(header: header, steps: try recording.steps(header)))
    } catch { throw error.attributed(to: sources[0]) }
  }
}

/// A table of counts in memory.
struct CountsRecording {
  let layers: Int
  let experts: Int
  /// `[steps][layers][experts]`.
  let counts: [UInt64]

  var stepCount: Int { counts.count / (layers * experts) }

  /// Layers with any tokens, ascending.
  var moeLayers: [Int] {
    (0..<layers).filter { layer in
      (0..<stepCount).contains { step in row(step, layer).contains { $0 > 0 } }
    }
  }

  private func row(_ step: Int, _ layer: Int) -> ArraySlice<UInt64> {
    let start = (step * layers + layer) * experts
    return counts[start..<start + experts]
  }

  /// The steps that hold any tokens; a ring buffer that was not full has others.
  func steps(_ header: TraceHeader) throws(InputError) -> [RoutingStep] {
    var steps = [RoutingStep]()
    for number in 0..<stepCount {
      let picked = header.layerNumbers.flatMap { row(number, $0) }
      guard picked.contains(where: { $0 > 0 }) else { continue }
      var step = RoutingStep(number: number, phase: header.phase, tokens: 1, counts: picked)
      try step.validate(against: header)
      step.tokens = RoutingStep.tokens(ofCounts: picked, header: header)
      steps.append(step)
    }
    guard !steps.isEmpty else { throw InputError("no tokens in any layer") }
    return steps
  }

  /// - Throws: `InputError`: not JSON, no `logical_count`, rows of different lengths, no layer with tokens.
  init(json: [UInt8]) throws(InputError) {
    var scanner = JSONScanner(json, countsLines: true)
    var table: Table?
    try scanner.object { scanner, key throws(InputError) in
      if key == "logical_count" {
        var read = Table()
        try read.read(from: &scanner)
        table = read
      } else {
        try scanner.skipValue()
      }
    }
    try scanner.end()
    guard let table else { throw InputError("no 'logical_count'") }
    guard let experts = table.width, let layers = table.height, experts > 0 else {
      throw InputError("'logical_count' is empty")
    }
    guard layers <= TraceHeader.maximumLayers, experts <= TraceHeader.maximumExperts else {
      throw InputError("\(layers) layers of \(experts) experts")
    }
    self.layers = layers
    self.experts = experts
    counts = table.values
    guard !moeLayers.isEmpty else { throw InputError("no tokens in any layer") }
  }

  /// Rows of equal length, in matrices of equal height.
  private struct Table {
    var values: [UInt64] = []
    var width: Int?
    var height: Int?

    mutating func read(from scanner: inout JSONScanner) throws(InputError) {
      var table = self
      var rows = 0
      var isNested = false
      try scanner.array { scanner throws(InputError) in
        var elements = 0
        let before = table.values.count
        try scanner.array { scanner throws(InputError) in
          if scanner.peek() == UInt8(ascii: "[") {
            isNested = true
            try table.readRow(from: &scanner)
            elements += 1
          } else {
            table.values.append(try scanner.integer())
          }
        }
        if isNested {
          guard table.height ?? elements == elements, elements > 0 else {
            throw scanner.failure("a step of \(elements) layers, others have \(table.height ?? 0)")
          }
          table.height = elements
        } else {
          try table.checkWidth(table.values.count - before, scanner)
        }
        rows += 1
      }
      if !isNested { table.height = rows }
      guard let width = table.width, let height = table.height, table.values.count % max(1, width * height) == 0 else {
        throw scanner.failure("'logical_count' is neither [layers][experts] nor [steps][layers][experts]")
      }
      self = table
    }

    private mutating func readRow(from scanner: inout JSONScanner) throws(InputError) {
      var row = [UInt64]()
      try scanner.array { scanner throws(InputError) in row.append(try scanner.integer()) }
      values += row
      try checkWidth(row.count, scanner)
    }

    private mutating func checkWidth(_ count: Int, _ scanner: JSONScanner) throws(InputError) {
      guard count > 0, width ?? count == count else {
        throw scanner.failure("a row of \(count) experts, others have \(width ?? 0)")
      }
      width = count
    }
  }

  /// A recording that is replayed as it is.
  final class Decoder: StepDecoder {
    let header: TraceHeader
    private var rest: ArraySlice<RoutingStep>

    init(_ recording: CountsRecording, name path: String) throws(InputError) {
      let (name, provenance) = TraceHeader.imported(from: [path], format: "counts", options: ImportOptions())
      header = TraceHeader(
        name: name, content: .counts, provenance: provenance, layerNumbers: recording.moeLayers,
        experts: recording.experts, topK: nil)
      try header.validate()
      rest = try recording.steps(header)[...]
    }

    func next() throws(InputError) -> RoutingStep? { rest.popFirst() }
  }
}
