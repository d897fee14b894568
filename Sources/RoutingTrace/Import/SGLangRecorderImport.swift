import Diagnostics

/// SGLang's expert distribution recorder (`torch.save`): `stat` and `stat_approx` hold counts of logical experts;
/// `per_pass` counts of slots and `per_token` each token's slots, one file for each rank.
///
/// Slots become experts through the recorded `last_physical_to_logical_map`. Layers that nothing visits are dense.
struct SGLangRecorderImport: TraceImport {
  let name = "sglang-recorder"
  let summary = ".pt dumps of SGLang's expert distribution recorder, all ranks"

  func recognizes(_ sample: SourceSample) -> Bool { sample.firstEntry?.hasSuffix("data.pkl") ?? false }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    var passes = RecordedPasses()
    for path in sources {
      let imported = try attributing(path) { () throws(InputError) -> CountsRecording? in
        let file = try TorchFile(try readWhole(path))
        if let counts = file.member("logical_count", of: file.root) { return try Self.counts(file, counts) }
        guard let records = file.member("records", of: file.root).flatMap(file.items) else {
          throw InputError("neither 'logical_count' nor 'records'")
        }
        let map = try file.integers(
          file.member("last_physical_to_logical_map", of: file.root), named: "last_physical_to_logical_map")
        for record in records { try passes.add(record, of: file, map: map) }
        return nil
      }
      if let imported {
        guard sources.count == 1 else {
          throw InputError("a dump of all ranks together stands alone", in: path, status: .usage)
        }
        return try imported.imported(sources, format: name, options: options)
      }
    }
    return try passes.imported(sources, format: name, options: options)
  }

  private static func counts(_ file: TorchFile, _ value: Pickled) throws(InputError) -> CountsRecording {
    let (shape, values) = try file.integers(value, named: "logical_count")
    guard (2...3).contains(shape.count) else { throw InputError("'logical_count' of shape \(shape)") }
    guard values.allSatisfy({ $0 >= 0 }) else { throw InputError("a negative count") }
    return try CountsRecording(
      layers: shape[shape.count - 2], experts: shape[shape.count - 1], counts: values.map { UInt64($0) })
  }
}

/// Forward passes put together from the dumps of several ranks.
private struct RecordedPasses {
  private var experts = 0
  private var tokens = RankedSteps()
  private var hasTokens = false
  /// `[layers][experts]` by pass.
  private var counts: [Int: [UInt64]] = [:]
  private var layers = 0

  mutating func add(_ record: Pickled, of file: TorchFile, map: (shape: [Int], values: [Int])) throws(InputError) {
    guard map.shape.count == 2, map.values.allSatisfy({ (0..<TraceHeader.maximumExperts).contains($0) }) else {
      throw InputError("'last_physical_to_logical_map' of shape \(map.shape) is no map")
    }
    let largest = (map.values.max() ?? 0) + 1
    guard experts == 0 || experts == largest else {
      throw InputError("the map names \(largest) experts, other ranks' \(experts)")
    }
    experts = largest
    guard case .integer(let pass) = file.member("forward_pass_id", of: record), pass >= 0,
      case .integer(let rank) = file.member("rank", of: record)
    else { throw InputError("a record without 'forward_pass_id' and 'rank'") }
    if let choices = file.member("topk_ids_of_layer", of: record) {
      hasTokens = true
      try addTokens(try file.integers(choices, named: "topk_ids_of_layer"), pass: pass, rank: rank, map: map)
    } else {
      let slots = try file.integers(file.member("global_physical_count", of: record), named: "global_physical_count")
      try addCounts(slots, pass: pass, map: map)
    }
  }

  private mutating func addTokens(
    _ choices: (shape: [Int], values: [Int]), pass: Int, rank: Int, map: (shape: [Int], values: [Int])
  ) throws(InputError) {
    guard choices.shape.count == 3, choices.shape[0] == map.shape[0] else {
      throw InputError("'topk_ids_of_layer' of shape \(choices.shape) for \(map.shape[0]) layers")
    }
    let (perLayer, topK) = (choices.shape[1] * choices.shape[2], choices.shape[2])
    for layer in 0..<choices.shape[0] {
      var ids = [UInt16]()
      for token in 0..<choices.shape[1] {
        let start = layer * perLayer + token * topK
        let row = choices.values[start..<start + topK]
        // Padding is −1 throughout.
        if row.allSatisfy({ $0 == -1 }) { continue }
        for slot in row {
          guard (0..<map.shape[1]).contains(slot) else {
            throw InputError("token \(token): slot \(slot) of \(map.shape[1])", at: .init(step: pass, layer: layer))
          }
          ids.append(UInt16(map.values[layer * map.shape[1] + slot]))
        }
      }
      if !ids.isEmpty { try tokens.add(step: pass, layer: layer, rank: rank, topK: topK, ids: ids) }
    }
  }

  private mutating func addCounts(
    _ slots: (shape: [Int], values: [Int]), pass: Int, map: (shape: [Int], values: [Int])
  ) throws(InputError) {
    guard slots.shape == map.shape else {
      throw InputError("'global_physical_count' of shape \(slots.shape), the map has \(map.shape)")
    }
    guard layers == 0 || layers == slots.shape[0], slots.shape[0] * experts <= TraceHeader.maximumExpertsInAll else {
      throw InputError("\(slots.shape[0]) layers of \(experts) experts")
    }
    layers = slots.shape[0]
    var sum = counts[pass] ?? []
    if sum.count < layers * experts { sum += Array(repeating: 0, count: layers * experts - sum.count) }
    for (index, count) in slots.values.enumerated() {
      guard count >= 0, count <= Int(RoutingStep.maximumCount) else { throw InputError("count \(count)") }
      sum[index / slots.shape[1] * experts + map.values[index]] += UInt64(count)
    }
    counts[pass] = sum
  }

  mutating func imported(
    _ sources: [String], format: String, options: ImportOptions
  ) throws(InputError) -> Imported {
    guard counts.isEmpty || !hasTokens else {
      throw InputError("some dumps are per pass and others per token", in: sources[0])
    }
    if hasTokens { return try tokens.imported(sources, format: format, experts: experts, options: options) }
    guard !counts.isEmpty else { throw InputError("no records", in: sources[0]) }
    let passes = counts.sorted { $0.key < $1.key }.map(\.value)
    let recording = try attributing(sources[0]) { () throws(InputError) in
      try CountsRecording(layers: layers, experts: experts, counts: passes.flatMap(\.self))
    }
    return try recording.imported(sources, format: format, options: options)
  }
}
