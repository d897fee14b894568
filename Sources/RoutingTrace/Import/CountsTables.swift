import Diagnostics
import Gzip

/// Counts that come as tables of numbers: EPLB's weight matrices, MoE-Infinity's activation matrices, and the expert
/// hotness of MindIE and vllm-ascend.
struct WeightMatrixImport: TraceImport {
  let name = "eplb-weights"
  let summary = "a matrix [layers][experts] in .json, .csv or .npy, as EPLB takes it"

  func recognizes(_ sample: SourceSample) -> Bool {
    sample.array?.axes == 2 || sample.isJSON(with: "weight") || sample.openBrackets == 2
      || sample.isTable && sample.sources.count == 1 && sample.fileName != "routing.csv"
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    let path = sources[0]
    let input = try FileInput(path: path)
    let start = try input.peek(1 << 10)
    let recording = try attributing(path) { () throws(InputError) in
      if start.starts(with: [0x93]) { return try CountsRecording(array: NumpyArray(try readWhole(input)), axes: 2) }
      if let first = start.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
        return try CountsRecording(json: try readWhole(input), key: "weight")
      }
      return try CountsRecording(tables: [try NumberTable(csv: input)])
    }
    return try recording.imported(sources, format: name, options: options)
  }
}

struct ActivationMatrixImport: TraceImport {
  let name = "moe-infinity"
  let summary = ".npy activation matrices [sequences, layers, experts] of MoE-Infinity"

  func recognizes(_ sample: SourceSample) -> Bool { sample.array?.axes == 3 }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    let recording = try attributing(sources[0]) { () throws(InputError) in
      try CountsRecording(array: NumpyArray(try readWhole(sources[0])), axes: 3)
    }
    return try recording.imported(sources, format: name, options: options)
  }
}

/// One file for each rank, `decode_<rank>.csv` or `prefill_<rank>.csv`: MoE layers × local slots. Slots of all ranks
/// in order are taken as experts, so the recording must have been made without redundant experts.
struct HotnessImport: TraceImport {
  let name = "hotness"
  let summary = "decode_<rank>.csv or prefill_<rank>.csv of MindIE and vllm-ascend, all ranks"

  func recognizes(_ sample: SourceSample) -> Bool { Self.rank(ofFile: sample.fileName) != nil }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    var ranks: [(rank: Int, phase: Phase, path: String)] = []
    for path in sources {
      guard let (phase, rank) = Self.rank(ofFile: path.split(separator: "/").last ?? "") else {
        throw InputError("expected a name such as decode_0.csv", in: path, status: .usage)
      }
      ranks.append((rank, phase, path))
    }
    ranks.sort { $0.rank < $1.rank }
    guard ranks.map(\.rank) == Array(0..<ranks.count), Set(ranks.map(\.phase)).count == 1 else {
      throw InputError("expected every rank from 0 once, of one phase", in: sources[0], status: .usage)
    }
    var tables: [NumberTable] = []
    for entry in ranks {
      let table = try NumberTable(csv: try FileInput(path: entry.path))
      guard table.rows == tables.first?.rows ?? table.rows else {
        throw InputError("\(table.rows) layers, rank 0 has \(tables[0].rows)", in: entry.path)
      }
      guard tables.reduce(table.values.count, { $0 + $1.values.count }) <= TraceHeader.maximumExpertsInAll else {
        throw InputError("more than \(TraceHeader.maximumExpertsInAll) experts in all", in: entry.path)
      }
      tables.append(table)
    }
    let recording = try attributing(sources[0]) { () throws(InputError) in try CountsRecording(tables: tables) }
    return try recording.imported(sources, format: name, options: options, phase: ranks[0].phase)
  }

  /// What `decode_3.csv` says; nil for other names.
  static func rank(ofFile name: Substring) -> (phase: Phase, rank: Int)? {
    let parts = name.dropLast(name.hasSuffix(".csv") ? 4 : 0).split(separator: "_")
    guard parts.count == 2, let phase = Phase(rawValue: String(parts[0])), let rank = Int(parts[1]) else { return nil }
    return (phase, rank)
  }
}

extension CountsRecording {
  /// - Parameter axes: 2 for `[layers, experts]`, 3 for `[steps, layers, experts]`.
  init(array: NumpyArray, axes: Int) throws(InputError) {
    guard array.shape.count == axes else { throw InputError("shape \(array.shape), expected \(axes) axes") }
    let experts = array.shape[axes - 1]
    var table = PackedCounts()
    for start in stride(from: 0, to: array.count, by: max(1, experts)) {
      for count in try array.integers(start..<start + experts, upTo: RoutingStep.maximumCount) { table.append(count) }
      table.endRow()
    }
    try self.init(layers: array.shape[axes - 2], experts: experts, table: table)
  }

  /// - Parameter tables: `[layers][experts]` whole numbers, side by side.
  init(tables: [NumberTable]) throws(InputError) {
    var counts = [UInt64]()
    for layer in 0..<tables[0].rows {
      for value in tables.map({ $0[layer] }).joined() {
        guard let count = UInt64(exactly: value) else {
          throw InputError("\(value) is not a whole number of tokens", at: .init(layer: layer))
        }
        counts.append(count)
      }
    }
    try self.init(layers: tables[0].rows, experts: tables.reduce(0) { $0 + $1.columns }, counts: counts)
  }

  /// The recording's steps under a header made of `options`; layers without tokens are dropped, numbers kept.
  func imported(
    _ sources: [String], format: String, options: ImportOptions, phase: Phase? = nil
  ) throws(InputError) -> Imported {
    if let declared = options.experts, declared != experts {
      throw InputError("\(declared), the recording has \(experts)", in: "--experts", status: .usage)
    }
    let (name, provenance) = TraceHeader.imported(from: sources, format: format, options: options)
    let picked = options.layers ?? moeLayers
    if let beyond = picked.first(where: { $0 >= layers }) {
      throw InputError("layer \(beyond) of \(layers)", in: "--layers", status: .usage)
    }
    let header = TraceHeader(
      name: name, content: .counts, provenance: provenance, model: options.model, layerNumbers: picked,
      experts: experts, topK: options.topK, phase: phase)
    return try attributing(sources[0]) { () throws(InputError) in
      .steps(try CountsSteps(self, header: header, path: sources[0]))
    }
  }
}
