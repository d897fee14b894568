import Diagnostics

/// Puts together steps of which every rank recorded its own tokens, layer by layer.
struct RankedSteps {
  private struct Key: Hashable {
    var step: Int
    var layer: Int
    var rank: Int
  }

  private var choices: [Key: [UInt16]] = [:]
  private var topK: Int?
  private var largest: UInt16 = 0

  /// Adds a rank's tokens of one layer of one step; more of the same follow those that are there.
  ///
  /// - Parameter ids: `[tokens][topK]`.
  mutating func add(step: Int, layer: Int, rank: Int, topK: Int, ids: [UInt16]) throws(InputError) {
    guard self.topK ?? topK == topK, (1...TraceHeader.maximumTopK).contains(topK), ids.count % topK == 0 else {
      throw InputError("top-\(topK), earlier records have top-\(self.topK ?? 0)")
    }
    guard step >= 0, (0..<1_000_000).contains(layer), (0..<65_536).contains(rank) else {
      throw InputError("step \(step), layer \(layer), rank \(rank) is out of range")
    }
    self.topK = topK
    largest = max(largest, ids.max() ?? 0)
    choices[Key(step: step, layer: layer, rank: rank), default: []] += ids
  }

  /// The steps in order; a token's rank is its source.
  ///
  /// - Throws: `InputError` with the step and layer where a rank's layers hold different numbers of tokens.
  func imported(_ sources: [String], format: String, experts: Int?, options: ImportOptions) throws(InputError)
    -> Imported
  {
    guard let topK, options.topK ?? topK == topK else { throw InputError("no records", in: sources[0]) }
    let recorded = Set(choices.keys.map(\.layer)).sorted()
    let layers = options.layers ?? recorded
    let ranks = Set(choices.keys.map(\.rank)).sorted()
    let (name, provenance) = TraceHeader.imported(from: sources, format: format, options: options)
    let header = TraceHeader(
      name: name, content: .tokens, provenance: provenance, model: options.model, layerNumbers: layers,
      experts: options.experts ?? experts ?? likelyExperts(largestID: Int(largest)), topK: topK)
    return try attributing(sources[0]) { () throws(InputError) in
      try header.validate()
      var steps = [RoutingStep]()
      for number in Set(choices.keys.map(\.step)).sorted() {
        if let step = try self.step(number, header: header, ranks: ranks) { steps.append(step) }
      }
      guard !steps.isEmpty else { throw InputError("no tokens") }
      return .steps(StoredSteps(header: header, steps: steps))
    }
  }

  private func step(_ number: Int, header: TraceHeader, ranks: [Int]) throws(InputError) -> RoutingStep? {
    let topK = header.topK ?? 1
    var step = RoutingStep(number: number, phase: header.phase, tokens: 0)
    var origins = [UInt32]()
    for (index, layer) in header.layerNumbers.enumerated() {
      var tokens = 0
      for rank in ranks {
        let ids = choices[Key(step: number, layer: layer, rank: rank)] ?? []
        step.experts += ids
        tokens += ids.count / topK
        if index == 0 { origins += Array(repeating: UInt32(rank), count: ids.count / topK) }
        let first = choices[Key(step: number, layer: header.layerNumbers[0], rank: rank)]?.count ?? 0
        guard ids.count == first else {
          throw InputError(
            "rank \(rank) recorded \(ids.count / topK) tokens, \(first / topK) in the first layer",
            at: .init(step: number, layer: layer))
        }
      }
      step.tokens = tokens
    }
    guard step.tokens > 0 else { return nil }
    step.sources = origins
    try step.validate(against: header)
    return step
  }
}
