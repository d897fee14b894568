import Containers
import Diagnostics
import RoutingTrace

/// Tokens per expert of all ranks of TensorRT-LLM's statistics, by iteration and layer.
struct TensorRTCounts {
  let experts: Int
  let topK: Int
  /// Ascending.
  private var places: [TensorRTPlace] = []
  /// `[places][experts]`.
  private var counts: [UInt64] = []
  /// The first rank's, as long as all others' are the same.
  private var ofOneRank: [UInt64]?
  private var ranks = 0
  private var iterations: [Int] = []

  init(experts: Int, topK: Int) {
    self.experts = experts
    self.topK = topK
  }

  /// Adds a rank's; ranks of other pipeline stages bring other layers.
  ///
  /// - Throws: `InputError`: no tensors, or ones of other names or shapes.
  mutating func add(_ file: Safetensors) throws(InputError) {
    var found: [(place: TensorRTPlace, entry: Safetensors.Entry)] = []
    for entry in file.entries {
      let place = try TensorRTPlace(entry)
      guard entry.shape == [experts] else {
        throw InputError("shape \(entry.shape), expected [\(experts)]", at: place.place)
      }
      found.append((place, entry))
    }
    guard !found.isEmpty else { throw InputError("no tensors") }
    found.sort { $0.place < $1.place }
    try checkGrid(found.map(\.place))
    if !found.map(\.place).elementsEqual(places) { merge(found.map(\.place)) }
    ranks += 1
    var position = 0
    var isSame = ofOneRank != nil
    for (place, entry) in found {
      while places[position] != place { position += 1 }
      for (expert, count) in try file.counts(entry).enumerated() {
        let count = min(count, RoutingStep.maximumCount)
        isSame = isSame && ofOneRank?[position * experts + expert] == count
        counts[position * experts + expert] += count
      }
    }
    if ranks == 1 { ofOneRank = counts } else if !isSame || found.count != places.count { ofOneRank = nil }
  }

  /// A rank records its layers in every iteration, and all record the same iterations.
  private mutating func checkGrid(_ places: [TensorRTPlace]) throws(InputError) {
    let iterations = Set(places.map(\.step)).sorted()
    guard self.iterations.isEmpty || iterations == self.iterations else {
      throw InputError("not the iterations of the other ranks")
    }
    self.iterations = iterations
    let layers = Set(places.map(\.layer)).count
    guard places.count == iterations.count * layers else {
      let start = places.firstIndex { $0.step != places[0].step } ?? 0
      throw InputError("not the layers of the other iterations", at: .init(step: places[start].step))
    }
  }

  /// Makes room for places that no rank had so far.
  private mutating func merge(_ new: [TensorRTPlace]) {
    var (merged, sums): ([TensorRTPlace], [UInt64]) = ([], [])
    var (old, added) = (0, 0)
    while old < places.count || added < new.count {
      let isOld = old < places.count && (added == new.count || places[old] <= new[added])
      merged.append(isOld ? places[old] : new[added])
      if added < new.count, new[added] == merged[merged.count - 1] { added += 1 }
      if isOld {
        sums += counts[old * experts..<(old + 1) * experts]
        old += 1
      } else {
        sums += repeatElement(0, count: experts)
      }
    }
    (places, counts, ofOneRank) = (merged, sums, nil)
  }

  /// - Throws: `InputError`: no tokens, or a layer that was asked for and not recorded.
  func imported(
    _ sources: [String], format: String, options: ImportOptions, notes given: [String]
  ) throws(InputError) -> Imported {
    // Without attention data parallelism every rank chooses experts for all tokens.
    let areCopies = ranks > 1 && ofOneRank != nil
    let counts = areCopies ? ofOneRank ?? counts : counts
    let notes = given + (areCopies ? ["all \(ranks) ranks counted the same: counted once"] : [])
    let recorded = places.prefix { $0.step == places[0].step }.map(\.layer)
    let layers = options.layers ?? recorded
    let (name, provenance) = TraceHeader.imported(
      from: sources, format: format, licence: options.licence, notes: notes)
    let header = TraceHeader(
      name: name, content: .counts, provenance: provenance, model: options.model, layerNumbers: layers,
      experts: experts, topK: topK)
    try header.validate()
    let rows = try layers.map { layer throws(InputError) in
      guard let row = recorded.firstIndex(of: layer) else {
        throw InputError("was not recorded", at: .init(step: places[0].step, layer: layer))
      }
      return row
    }
    var steps = [RoutingStep]()
    for start in stride(from: 0, to: places.count, by: recorded.count) {
      let number = places[start].step
      let counts = rows.flatMap { counts[(start + $0) * experts..<(start + $0 + 1) * experts] }
      guard counts.contains(where: { $0 > 0 }) else { continue }
      var step = RoutingStep(number: number, tokens: 1, counts: counts)
      try step.validate(against: header)
      step.tokens = RoutingStep.tokens(ofCounts: counts, header: header)
      steps.append(step)
    }
    guard !steps.isEmpty else { throw InputError("no tokens") }
    return .steps(StoredSteps(header: header, steps: steps), notes: notes)
  }
}
