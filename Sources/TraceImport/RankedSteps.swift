import Diagnostics
import RoutingTrace

/// Puts together steps of which every rank recorded its own tokens, layer by layer.
struct RankedSteps {
  private struct Key: Hashable {
    var step: Int
    var layer: Int
    var rank: Int
  }

  /// What a rank recorded of its tokens in one step, whatever the layer.
  struct Batch {
    var tokens: Int
    var phase: Phase?
    /// `[tokens]` vocabulary ids, if recorded.
    var tokenIDs: [UInt32]?
  }

  private var choices: [Key: [UInt16]] = [:]
  /// By step and rank, in the order in which they were added.
  private var batches: [Int: [Int: [Batch]]] = [:]
  private var topK: Int?
  private var largest: UInt16 = 0
  private var groups = RankGroups()

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
    let key = Key(step: step, layer: layer, rank: rank)
    // Most come whole, and need no copy.
    if choices[key] == nil { choices[key] = ids } else { choices[key]?.append(contentsOf: ids) }
  }

  /// Adds what is known of the tokens that a rank's layers of one step hold; more of them follow those that are there.
  mutating func add(_ batch: Batch, step: Int, rank: Int) {
    if batch.tokens > 0 { batches[step, default: [:]][rank, default: []].append(batch) }
  }

  /// The steps in order; a token's rank is its source.
  ///
  /// - Parameter groups: ranks of which one was added for all that hold the same tokens. Those are spread over the
  ///   ranks of the group; when all ranks are one group, none is known to be a token's source.
  /// - Throws: `InputError` with the step and layer where a rank's layers hold different numbers of tokens.
  mutating func imported(
    _ sources: [String], format: String, experts: Int?, options: ImportOptions, groups: RankGroups = RankGroups(),
    notes: [String] = []
  ) throws(InputError) -> Imported {
    self.groups = groups
    guard let topK, options.topK ?? topK == topK else { throw InputError("no records", in: sources[0]) }
    let recorded = Set(choices.keys.map(\.layer)).sorted()
    let layers = options.layers ?? recorded
    let (name, provenance) = TraceHeader.imported(
      from: sources, format: format, licence: options.licence, notes: notes)
    var header = TraceHeader(
      name: name, content: .tokens, provenance: provenance, model: options.model, layerNumbers: layers,
      experts: options.experts ?? experts ?? options.shape?.experts ?? likelyExperts(largestID: Int(largest)),
      topK: topK)
    do throws(InputError) {
      try header.validate()
      let numbers = Set(choices.keys.map(\.step)).sorted()
      // Every rank records every layer of every step, but for ranks that had no token.
      guard numbers.count * layers.count <= choices.count else {
        throw InputError("\(choices.count) records for \(numbers.count) steps of \(layers.count) layers")
      }
      var ranksOfSteps: [Int: Set<Int>] = [:]
      for key in choices.keys { ranksOfSteps[key.step, default: []].insert(key.rank) }
      var steps = [RoutingStep]()
      for number in numbers {
        let ranks = ranksOfSteps.removeValue(forKey: number) ?? []
        if let step = try step(number, header: header, ranks: ranks.sorted()) { steps.append(step) }
      }
      guard !steps.isEmpty else { throw InputError("no tokens") }
      if let phase = steps[0].phase, steps.allSatisfy({ $0.phase == phase }) { header.phase = phase }
      return .steps(StoredSteps(header: header, steps: steps), notes: notes)
    } catch { throw error.attributed(to: sources[0]) }
  }

  /// Takes the records of one step.
  private mutating func step(_ number: Int, header: TraceHeader, ranks: [Int]) throws(InputError) -> RoutingStep? {
    let topK = header.topK ?? 1
    let counts = ranks.map { rank in
      choices[Key(step: number, layer: header.layerNumbers[0], rank: rank)]?.count ?? 0
    }
    let choicesPerLayer = counts.reduce(0, +)
    guard choicesPerLayer > 0 else { return nil }
    var step = RoutingStep(number: number, phase: header.phase, tokens: choicesPerLayer / topK)
    step.experts.reserveCapacity(choicesPerLayer * header.layers)
    for layer in header.layerNumbers {
      for (rank, count) in zip(ranks, counts) {
        let ids = choices.removeValue(forKey: Key(step: number, layer: layer, rank: rank)) ?? []
        guard ids.count == count else {
          throw InputError(
            "rank \(rank) recorded \(ids.count / topK) tokens, \(count / topK) in the first layer",
            at: .init(step: number, layer: layer))
        }
        step.experts += ids
      }
    }
    step.sources = groups.isOne ? nil : sources(ranks: ranks, tokens: counts.map { $0 / topK })
    describe(&step, ranks: ranks)
    try step.validate(against: header)
    return step
  }

  private func sources(ranks: [Int], tokens: [Int]) -> [UInt32] {
    zip(ranks, tokens).flatMap { rank, tokens in
      let holders = groups.members[rank] ?? [rank]
      return (0..<tokens).map { UInt32(holders[$0 % holders.count]) }
    }
  }

  /// Adds the phase and the vocabulary ids, ranks in the order of their tokens, where every one of them recorded those.
  private mutating func describe(_ step: inout RoutingStep, ranks: [Int]) {
    guard let recorded = batches.removeValue(forKey: step.number) else { return }
    let parts = ranks.flatMap { recorded[$0] ?? [] }
    guard parts.reduce(0, { $0 + $1.tokens }) == step.tokens else { return }
    let phases = Set(parts.map(\.phase))
    step.phase = phases.count == 1 ? parts[0].phase : phases.contains(nil) ? nil : .mixed
    let ids = parts.compactMap(\.tokenIDs)
    if ids.count == parts.count { step.tokenIDs = Array(ids.joined()) }
  }
}
