import Diagnostics

/// Tokens per expert, `{"logical_count": [layers][experts]}` or `[steps][layers][experts]`, as SGLang's recorder writes.
///
/// Layers without any token are dense: they are dropped and the others keep their numbers.
struct CountsImport: TraceImport {
  let name = "counts"
  let summary = "JSON {\"logical_count\": [L][E] or [S][L][E]} (SGLang)"

  func recognizes(_ sample: SourceSample) -> Bool {
    sample.isJSON(with: "logical_count") || sample.openBrackets == 3
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    let recording = try attributing(sources[0]) { () throws(InputError) in
      try CountsRecording(json: try readWhole(sources[0]))
    }
    return try recording.imported(sources, format: name, options: options)
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

  /// - Parameter counts: `[steps][layers][experts]`.
  /// - Throws: `InputError`: no layers or experts, too many of them, or no layer with tokens.
  init(layers: Int, experts: Int, counts: [UInt64]) throws(InputError) {
    guard (1...TraceHeader.maximumLayers).contains(layers), (1...TraceHeader.maximumExperts).contains(experts) else {
      throw InputError("\(layers) layers of \(experts) experts")
    }
    self.layers = layers
    self.experts = experts
    self.counts = counts
    guard !moeLayers.isEmpty else { throw InputError("no tokens in any layer") }
  }

  /// - Parameter key: holds the table; or the table stands alone.
  /// - Throws: `InputError`: not JSON, no such key, rows of different lengths, no layer with tokens.
  init(json: [UInt8], key wanted: String = "logical_count") throws(InputError) {
    var scanner = JSONScanner(json, countsLines: true)
    var table: Table?
    if scanner.peek() == UInt8(ascii: "[") {
      var read = Table()
      try read.read(from: &scanner)
      table = read
    } else {
      try scanner.object { scanner, key throws(InputError) in
        guard key == wanted || key == "logical_count" else { return try scanner.skipValue() }
        var read = Table()
        try read.read(from: &scanner)
        table = read
      }
    }
    try scanner.end()
    guard let table else { throw InputError("no '\(wanted)'") }
    guard let experts = table.width, let layers = table.height else { throw InputError("'\(wanted)' is empty") }
    try self.init(layers: layers, experts: experts, counts: table.values)
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
