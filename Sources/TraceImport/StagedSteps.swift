import Diagnostics
import RoutingTrace

/// Puts together steps of which every rank recorded the layers of its pipeline stage, maybe in several passes
/// (microbatches), and of which tensor-parallel ranks may have recorded the same.
struct StagedSteps {
  private struct Key: Hashable {
    var step: Int
    var pass: Int
    var layer: Int
    var rank: Int
  }

  private var choices: [Key: [UInt16]] = [:]
  private var topK = 0

  /// - Parameters:
  ///   - pass: which of the step's forward passes through this layer, from 0.
  ///   - ids: `[tokens][topK]`.
  mutating func add(step: Int, pass: Int, layer: Int, rank: Int, topK: Int, ids: [UInt16]) throws(InputError) {
    guard self.topK == 0 || self.topK == topK, (1...TraceHeader.maximumTopK).contains(topK) else {
      throw InputError("top-\(topK), earlier records have top-\(self.topK)")
    }
    guard step >= 0, (0..<1_000_000).contains(layer), (0..<65_536).contains(rank) else {
      throw InputError("step \(step), layer \(layer), rank \(rank) is out of range")
    }
    self.topK = topK
    choices[Key(step: step, pass: pass, layer: layer, rank: rank)] = ids
  }

  /// The steps in order; a token's source is its rank within the stage.
  ///
  /// - Throws: `InputError`: ranks that are no stages, passes that some ranks lack, what `RankedSteps` finds.
  mutating func imported(
    _ sources: [String], format: String, experts: Int?, options: ImportOptions, notes given: [String] = []
  ) throws(InputError) -> Imported {
    guard !choices.isEmpty else { throw InputError("no records", in: sources[0]) }
    var notes = given
    let numbers: [Int: Int]?
    let places: [Int: Place]
    do throws(InputError) {
      numbers = try stepNumbers(&notes)
      places = try self.places(options, &notes)
    } catch { throw error.attributed(to: sources[0]) }
    var steps = RankedSteps()
    for (key, ids) in choices {
      guard let place = places[key.rank], let source = place.source else { continue }
      let number = numbers?[key.step].map { $0 + key.pass } ?? key.step
      try steps.add(step: number, layer: key.layer + place.firstLayer, rank: source, topK: topK, ids: ids)
    }
    choices = [:]
    return try steps.imported(sources, format: format, experts: experts, options: options, notes: notes)
  }

  /// The number of each step's first pass; nil where every step is one pass and keeps its own.
  private func stepNumbers(_ notes: inout [String]) throws(InputError) -> [Int: Int]? {
    var passes: [Int: Int] = [:]
    for key in choices.keys { passes[key.step] = max(passes[key.step] ?? 0, key.pass + 1) }
    guard passes.values.contains(where: { $0 > 1 }) else { return nil }
    for key in choices.keys {
      let last = (passes[key.step] ?? 1) - 1
      let lastKey = Key(step: key.step, pass: last, layer: key.layer, rank: key.rank)
      guard choices[lastKey] != nil else {
        throw InputError(
          "rank \(key.rank) recorded fewer than the \(last + 1) passes of others",
          at: .init(step: key.step, layer: key.layer))
      }
    }
    notes.append(
      "\(counted(passes.count, "iteration")) of up to \(passes.values.max() ?? 1) microbatches: a step is a microbatch")
    var (numbers, next) = ([Int: Int](), 0)
    for (step, count) in passes.sorted(by: { $0.key < $1.key }) {
      numbers[step] = next
      next += count
    }
    return numbers
  }
}

extension StagedSteps {
  /// What a rank's records are.
  private struct Place {
    /// What is added to its layers' numbers.
    var firstLayer = 0
    /// Its number within its stage; nil for a copy of another rank's tokens.
    var source: Int?
  }

  /// What a rank recorded, for comparison.
  private struct Content {
    var layers: Set<Int> = []
    var tokens = 0
    /// The same for ranks that recorded the same, whatever the order.
    var digest = 0
  }

  private func places(_ options: ImportOptions, _ notes: inout [String]) throws(InputError) -> [Int: Place] {
    var contents: [Int: Content] = [:]
    for (key, ids) in choices {
      contents[key.rank, default: Content()].layers.insert(key.layer)
      contents[key.rank, default: Content()].tokens += ids.count / topK
      var hasher = Hasher()
      hasher.combine(Key(step: key.step, pass: key.pass, layer: key.layer, rank: 0))
      hasher.combine(ids)
      contents[key.rank, default: Content()].digest &+= hasher.finalize()
    }
    let (stages, firstLayers) = try stages(contents, options, &notes)
    let copies = try copies(contents, stages, options, &notes)
    var places: [Int: Place] = [:]
    for (stage, firstLayer) in zip(stages, firstLayers) {
      for (index, rank) in stage.enumerated() {
        let isKept = index % copies == 0
        places[rank] = Place(firstLayer: firstLayer, source: isKept ? index / copies : nil)
      }
    }
    return places
  }

  /// The ranks of each pipeline stage, ascending, and what is added to its layers' numbers.
  private func stages(
    _ contents: [Int: Content], _ options: ImportOptions, _ notes: inout [String]
  ) throws(InputError) -> (ranks: [[Int]], firstLayers: [Int]) {
    let ranks = contents.keys.sorted()
    if let layers = options.stageLayers { return try declaredStages(layers, ranks, contents) }
    let byLayers = Dictionary(grouping: ranks) { contents[$0]?.layers ?? [] }
    let stages = byLayers.sorted { ($0.key.min() ?? 0) < ($1.key.min() ?? 0) }
    let areApart = stages.count > 1 && stages.reduce(0) { $0 + $1.key.count } == Set(stages.map(\.key).joined()).count
    guard areApart else { return ([ranks], [0]) }
    guard stages.allSatisfy({ $0.value.count == stages[0].value.count }) else {
      let sizes = stages.map { "\($0.value.count)" }.joined(separator: ", ")
      throw InputError("ranks hold \(stages.count) sets of layers, of \(sizes) ranks: no pipeline stages")
    }
    notes.append("\(stages.count) pipeline stages of \(counted(stages[0].value.count, "rank"))")
    return (stages.map(\.value), stages.map { _ in 0 })
  }

  /// Megatron's order: consecutive ranks are of one stage.
  private func declaredStages(
    _ layers: [Int], _ ranks: [Int], _ contents: [Int: Content]
  ) throws(InputError) -> (ranks: [[Int]], firstLayers: [Int]) {
    guard ranks.count % layers.count == 0 else {
      throw InputError(
        "\(layers.count) stages do not divide \(ranks.count) ranks", in: "--stage-layers", status: .usage)
    }
    let size = ranks.count / layers.count
    let stages = layers.indices.map { Array(ranks[$0 * size..<($0 + 1) * size]) }
    for (stage, count) in zip(stages, layers) {
      for rank in stage {
        if let last = contents[rank]?.layers.max(), last >= count {
          throw InputError(
            "rank \(rank) recorded layer \(last) of a stage of \(count)", in: "--stage-layers", status: .usage)
        }
      }
    }
    return (stages, layers.indices.map { layers[..<$0].reduce(0, +) })
  }

  /// How many consecutive ranks of each stage recorded the same tokens.
  private func copies(
    _ contents: [Int: Content], _ stages: [[Int]], _ options: ImportOptions, _ notes: inout [String]
  ) throws(InputError) -> Int {
    func digest(_ rank: Int) -> Int { contents[rank]?.digest ?? 0 }
    let size = stages[0].count
    if let copies = options.tensorParallel {
      guard (1...size).contains(copies), size % copies == 0 else {
        throw InputError("\(copies) does not divide \(size) ranks", in: "--tensor-parallel", status: .usage)
      }
      for stage in stages {
        for (index, rank) in stage.enumerated() where digest(rank) != digest(stage[index / copies * copies]) {
          throw InputError(
            "ranks \(stage[index / copies * copies]) and \(rank) recorded different tokens", in: "--tensor-parallel",
            status: .usage)
        }
      }
      return copies
    }
    let distinct = stages.map { stage in Set(stage.map(digest)).count }
    if size > 1, distinct.allSatisfy({ $0 == 1 }) {
      notes.append("all \(size) ranks recorded the same tokens: counted once")
      return size
    }
    for stage in stages {
      let alike = Dictionary(grouping: stage.filter { (contents[$0]?.tokens ?? 0) > 0 }, by: digest)
      if let ranks = alike.values.filter({ $0.count > 1 }).min(by: { $0[0] < $1[0] }) {
        throw InputError(
          "ranks \(ranks[0]) and \(ranks[1]) recorded the same tokens, others did not: give --tensor-parallel "
            + "\(ranks.count), or 1 to count each", status: .usage)
      }
    }
    return 1
  }
}
