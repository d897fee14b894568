import Containers
import Diagnostics
import Files
import RoutingTrace

/// SGLang's expert distribution recorder (`torch.save`): `stat` and `stat_approx` hold counts of logical experts;
/// `per_pass` counts of slots and `per_token` each token's slots, one file for each rank.
///
/// Slots become experts through the recorded `last_physical_to_logical_map`. Layers that nothing visits are dense. Of
/// `per_token`, `input_ids` are the vocabulary ids and `forward_mode` tells the phase.
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
      let recorded = try file.integers(choices, named: "topk_ids_of_layer")
      let kept = try addTokens(recorded, pass: pass, rank: rank, map: map)
      let batch = RankedSteps.Batch(
        tokens: kept.count, phase: try phase(of: record, file, pass: pass),
        tokenIDs: try tokenIDs(of: record, file, pass: pass, recorded: recorded.shape[1], kept: kept))
      tokens.add(batch, step: pass, rank: rank)
    } else {
      let slots = try file.integers(file.member("global_physical_count", of: record), named: "global_physical_count")
      try addCounts(slots, pass: pass, map: map)
    }
  }

  /// - Returns: the tokens that are no padding.
  private mutating func addTokens(
    _ choices: (shape: [Int], values: [Int]), pass: Int, rank: Int, map: (shape: [Int], values: [Int])
  ) throws(InputError) -> [Int] {
    guard choices.shape.count == 3, choices.shape[0] == map.shape[0] else {
      throw InputError("'topk_ids_of_layer' of shape \(choices.shape) for \(map.shape[0]) layers")
    }
    let (perLayer, width) = (choices.shape[1] * choices.shape[2], choices.shape[2])
    var kept = [Int]()
    var topK: Int?
    for layer in 0..<choices.shape[0] {
      var ids = [UInt16]()
      var keptHere = [Int]()
      for token in 0..<choices.shape[1] {
        let start = layer * perLayer + token * width
        // A row has room for eight, and −1 in what the router leaves; padding is −1 throughout.
        let row = choices.values[start..<start + width]
        let chosen = row.dropLast(row.reversed().prefix { $0 == -1 }.count)
        if chosen.isEmpty { continue }
        guard topK ?? chosen.count == chosen.count else {
          throw InputError(
            "token \(token): top-\(chosen.count), others have top-\(topK ?? 0)", at: .init(step: pass, layer: layer))
        }
        topK = chosen.count
        keptHere.append(token)
        for slot in chosen {
          guard (0..<map.shape[1]).contains(slot) else {
            throw InputError("token \(token): slot \(slot) of \(map.shape[1])", at: .init(step: pass, layer: layer))
          }
          ids.append(UInt16(map.values[layer * map.shape[1] + slot]))
        }
      }
      if keptHere.isEmpty { continue }
      if kept.isEmpty { kept = keptHere }
      guard kept == keptHere else {
        throw InputError("other tokens are padding than in the layers before", at: .init(step: pass, layer: layer))
      }
      try tokens.add(step: pass, layer: layer, rank: rank, topK: topK ?? 0, ids: ids)
    }
    return kept
  }

  /// `input_ids` without those of padding, if the record has them.
  private func tokenIDs(
    of record: Pickled, _ file: TorchFile, pass: Int, recorded: Int, kept: [Int]
  ) throws(InputError) -> [UInt32]? {
    guard let value = file.member("input_ids", of: record) else { return nil }
    if case .none = value { return nil }
    do throws(InputError) {
      let ids = try file.integerList(value, named: "input_ids")
      guard ids.count == recorded else { throw InputError("\(ids.count) 'input_ids' for \(recorded) tokens") }
      var exact = [UInt32]()
      exact.reserveCapacity(kept.count)
      for token in kept {
        guard let id = UInt32(exactly: ids[token]) else {
          throw InputError("token \(token): id \(ids[token]), expected 0…\(UInt32.max)")
        }
        exact.append(id)
      }
      return exact
    } catch { throw InputError(error.message, at: .init(step: pass)) }
  }

  /// What `forward_mode` says, if the record has it. Verification of drafts is a part of decoding.
  private func phase(of record: Pickled, _ file: TorchFile, pass: Int) throws(InputError) -> Phase? {
    switch file.member("forward_mode", of: record) {
    case nil, .some(.none): return nil
    case .integer(let mode): return [1: .prefill, 2: .decode, 3: .mixed, 5: .decode][mode]
    default: throw InputError("'forward_mode' is no whole number", at: .init(step: pass))
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
