import Containers
import Diagnostics
import RoutingTrace

/// Forward passes put together from the dumps of several ranks.
struct RecordedPasses {
  private struct Key: Hashable {
    var rank: Int
    var pass: Int
    var gatherer: String
  }

  private let options: ImportOptions
  private let groups: RankGroups
  private var seen: Set<Key> = []
  private var experts = 0
  /// Of the dump whose records are added.
  private var map: SlotMap = ([0, 0], [])
  private var tokens = RankedSteps()
  private var hasTokens = false
  /// Columns of `topk_ids_of_layer` that name slots which do not exist: fused shared experts; nil before the first
  /// token.
  private var sharedColumns: Int?
  /// `[layers][experts]` by pass.
  private var counts: [Int: [UInt64]] = [:]
  private var layers = 0

  init(options: ImportOptions, groups: RankGroups) {
    self.options = options
    self.groups = groups
  }

  mutating func add(_ record: RecordedPass, of file: TorchFile) throws(InputError) {
    guard seen.insert(Key(rank: record.rank, pass: record.number, gatherer: record.gatherer)).inserted else {
      throw InputError(
        "rank \(record.rank) recorded this pass before: a file given twice?", at: .init(step: record.number))
    }
    guard let choices = file.member("topk_ids_of_layer", of: record.members) else {
      let slots = try file.integers(
        file.member("global_physical_count", of: record.members), named: "global_physical_count")
      return try addCounts(slots, pass: record.number, map: map)
    }
    hasTokens = true
    let recorded = try file.integers(choices, named: "topk_ids_of_layer")
    let kept = try addTokens(recorded, of: record, map: map)
    let batch = RankedSteps.Batch(
      tokens: kept.count, phase: try phase(of: record, file),
      tokenIDs: try tokenIDs(of: record, file, recorded: recorded.shape[1], kept: kept))
    tokens.add(batch, step: record.number, rank: record.rank)
  }

  private typealias SlotMap = (shape: [Int], values: [Int])

  /// Reads what the records of a dump have in common.
  mutating func begin(_ file: TorchFile) throws(InputError) {
    let map = try file.integers(
      file.member("last_physical_to_logical_map", of: file.root), named: "last_physical_to_logical_map")
    guard map.shape.count == 2, map.values.allSatisfy({ (0..<TraceHeader.maximumExperts).contains($0) }) else {
      throw InputError("'last_physical_to_logical_map' of shape \(map.shape) is no map")
    }
    let largest = (map.values.max() ?? 0) + 1
    guard experts == 0 || experts == largest else {
      throw InputError("the map names \(largest) experts, other ranks' \(experts)")
    }
    experts = largest
    self.map = map
  }

  /// - Returns: the tokens that are no padding.
  private mutating func addTokens(
    _ choices: (shape: [Int], values: [Int]), of record: RecordedPass, map: SlotMap
  ) throws(InputError) -> [Int] {
    guard choices.shape.count == 3, choices.shape[0] == map.shape[0] else {
      throw InputError("'topk_ids_of_layer' of shape \(choices.shape) for \(map.shape[0]) layers")
    }
    let (count, width) = (choices.shape[1], choices.shape[2])
    var kept = [Int]()
    for layer in 0..<choices.shape[0] {
      let place = InputError.Place(step: record.number, layer: layer)
      let slots = map.values[layer * map.shape[1]..<(layer + 1) * map.shape[1]]
      let start = layer * count * width
      let (keptHere, topK, ids) = try routes(choices.values[start..<start + count * width], width, slots, place)
      if keptHere.isEmpty { continue }
      if kept.isEmpty { kept = keptHere }
      guard kept == keptHere else {
        throw InputError("other tokens are padding than in the layers before", at: place)
      }
      try tokens.add(step: record.number, layer: layer, rank: record.rank, topK: topK, ids: ids)
    }
    return kept
  }

  /// The tokens of one layer that are no padding, and their experts.
  ///
  /// - Parameter slots: the expert of each slot.
  private mutating func routes(
    _ choices: ArraySlice<Int>, _ width: Int, _ slots: ArraySlice<Int>, _ place: InputError.Place
  ) throws(InputError) -> (kept: [Int], topK: Int, ids: [UInt16]) {
    var (kept, ids) = ([Int](), [UInt16]())
    var topK: Int?
    for token in 0..<(width == 0 ? 0 : choices.count / width) {
      // A row has room for eight, and −1 in what the router leaves; padding is −1 throughout.
      let row = choices.dropFirst(token * width).prefix(width)
      let chosen = row.dropLast(row.reversed().prefix { $0 == -1 }.count)
      if chosen.isEmpty { continue }
      let shared = try shared(chosen, slots: slots.count, token: token, place)
      let routed = chosen.dropLast(shared)
      guard topK ?? routed.count == routed.count else {
        throw InputError("token \(token): top-\(routed.count), others have top-\(topK ?? 0)", at: place)
      }
      topK = routed.count
      kept.append(token)
      for slot in routed {
        guard (0..<slots.count).contains(slot) else {
          throw InputError("token \(token): slot \(slot) of \(slots.count)", at: place)
        }
        ids.append(UInt16(slots[slots.startIndex + slot]))
      }
    }
    return (kept, topK ?? 0, ids)
  }

  /// How many of a token's last choices are fused shared experts, which SGLang numbers from the number of slots on;
  /// the same for all tokens.
  private mutating func shared(
    _ chosen: ArraySlice<Int>, slots: Int, token: Int, _ place: InputError.Place
  ) throws(InputError) -> Int {
    let found = min(chosen.reversed().prefix { $0 >= slots }.count, chosen.count - 1)
    let expected = options.sharedExperts ?? sharedColumns ?? found
    guard found == expected else {
      throw InputError(
        "token \(token): \(found) of its last choices lie beyond \(slots) slots, expected \(expected) shared experts",
        at: place)
    }
    sharedColumns = found
    return found
  }

  /// `input_ids` without those of padding, if the record has them.
  private func tokenIDs(
    of record: RecordedPass, _ file: TorchFile, recorded: Int, kept: [Int]
  ) throws(InputError) -> [UInt32]? {
    guard let value = file.member("input_ids", of: record.members) else { return nil }
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
    } catch { throw InputError(error.message, at: .init(step: record.number)) }
  }

  /// What `forward_mode` says, if the record has it. Verification of drafts is a part of decoding.
  private func phase(of record: RecordedPass, _ file: TorchFile) throws(InputError) -> Phase? {
    switch file.member("forward_mode", of: record.members) {
    case nil, .some(.none): return nil
    case .integer(let mode): return [1: .prefill, 2: .decode, 3: .mixed, 5: .decode][mode]
    default: throw InputError("'forward_mode' is no whole number", at: .init(step: record.number))
    }
  }

  private mutating func addCounts(
    _ slots: (shape: [Int], values: [Int]), pass: Int, map: SlotMap
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
    var notes = groups.notes
    if hasTokens {
      if let shared = sharedColumns, shared > 0 {
        notes.append(
          "the last \(counted(shared, "choice")) of each token, beyond the slots, left out as fused shared experts")
      }
      return try tokens.imported(
        sources, format: format, experts: experts, options: options, groups: groups, notes: notes)
    }
    guard !counts.isEmpty else { throw InputError("no records", in: sources[0]) }
    let passes = counts.sorted { $0.key < $1.key }.map(\.value)
    let recording = try attributing(sources[0]) { () throws(InputError) in
      try CountsRecording(layers: layers, experts: experts, counts: passes.flatMap(\.self))
    }
    return try recording.imported(sources, format: format, options: options, notes: notes)
  }
}
