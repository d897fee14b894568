import Containers
import Diagnostics
import Files
import RoutingTrace

/// Megatron-LM's router traces, `router_trace_rank<r>.jsonl` (`megatron/core/transformer/moe/router_trace.py`): a line
/// for each step, layer and rank.
///
/// In training a step is an iteration, and a layer that comes again is the next microbatch. Records of other blocks
/// than the decoder, such as multi-token prediction, number their layers anew and are left out.
struct MegatronImport: TraceImport {
  let name = "megatron"
  let summary = "router_trace_rank<r>.jsonl of Megatron-LM, all ranks"
  let heeds: Set<ImportOptions.Special> = [.ranks, .stageLayers, .tensorParallel]

  func recognizes(_ sample: SourceSample) -> Bool { sample.isJSON(with: "top_indices") }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    var reader = RecordReader()
    for path in sources {
      let input = try FileInput(path: path)
      let lines = LineReader(input, limit: inflateLimit(compressed: input.size ?? 0))
      try reader.begin(path)
      while let line = try attributing(path, { () throws(InputError) in try lines.next() }) {
        do throws(InputError) { try reader.add(line, number: lines.line) } catch {
          throw InputError(error.message, in: path, at: .init(line: lines.line))
        }
      }
      reader.end()
    }
    try RankSet.check(reader.files.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }, wanted: options.ranks)
    let notes = reader.leftOut.sorted { $0.key < $1.key }.map { block, count in
      "\(counted(count, "record")) of block '\(block)' left out: no decoder layers"
    }
    return try reader.steps.imported(sources, format: name, experts: nil, options: options, notes: notes)
  }
}

/// Reads the lines of one rank's file after the other's.
private struct RecordReader {
  /// How far a rank's file has come.
  private struct Progress {
    /// Steps so far, ascending, with the line on which each began.
    var steps: [(number: Int, line: Int)] = []
    /// By layer, passes of the current step.
    var passes: [Int: Int] = [:]
  }

  private struct Record {
    var (step, layer, rank, tokens, topK) = (-1, -1, -1, -1, -1)
    var block = "decoder"
    var ids: [UInt16] = []
    var rows = 0
  }

  private(set) var files: [Int: String] = [:]
  /// Records that are no decoder layers, by block.
  private(set) var leftOut: [String: Int] = [:]
  var steps = StagedSteps()
  private var path = ""
  private var progress: [Int: Progress] = [:]

  mutating func begin(_ path: String) throws(InputError) {
    if files.values.contains(path) { throw InputError("given twice", in: path) }
    self.path = path
    progress = [:]
    // A rank that recorded nothing has a file all the same.
    guard let rank = RankSet.number(after: "rank", in: path) else { return }
    if let other = files[rank] { throw InputError("rank \(rank) again, as in \(other)", in: path) }
    files[rank] = path
  }

  mutating func end() { progress = [:] }

  mutating func add(_ line: [UInt8], number: Int) throws(InputError) {
    let record = try Self.record(line)
    guard record.block == "decoder" else {
      guard record.block.utf8.count <= 40, leftOut.count < 16 || leftOut[record.block] != nil else {
        throw InputError("unknown block '\(record.block.prefix(40))', expected decoder or mtp")
      }
      leftOut[record.block, default: 0] += 1
      return
    }
    if let other = files.updateValue(path, forKey: record.rank), other != path {
      throw InputError("rank \(record.rank) again, as in \(other)")
    }
    var progress = progress.removeValue(forKey: record.rank) ?? Progress()
    let last = progress.steps.last?.number ?? -1
    if record.step < last {
      let first = progress.steps.last { $0.number <= record.step }
      let earlier =
        first.map { $0.number == record.step ? " again, first on line \($0.line)" : "" } ?? " after step \(last)"
      throw InputError(
        "rank \(record.rank): step \(record.step)\(earlier): a run that was started anew? Import its parts one by one")
    }
    if record.step > last {
      progress.steps.append((record.step, number))
      progress.passes = [:]
    }
    let pass = progress.passes[record.layer, default: 0]
    progress.passes[record.layer] = pass + 1
    self.progress[record.rank] = progress
    try steps.add(
      step: record.step, pass: pass, layer: record.layer, rank: record.rank, topK: record.topK, ids: record.ids)
  }

  private static func record(_ line: [UInt8]) throws(InputError) -> Record {
    var scanner = JSONScanner(line)
    var record = Record()
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "step": record.step = try scanner.integer()
      case "layer": record.layer = try scanner.integer()
      case "rank": record.rank = try scanner.integer()
      case "num_tokens": record.tokens = try scanner.integer()
      case "topk": record.topK = try scanner.integer()
      case "block": record.block = try scanner.string()
      case "top_indices":
        try scanner.array { scanner throws(InputError) in
          try scanner.array { scanner throws(InputError) in record.ids.append(try scanner.integer()) }
          record.rows += 1
        }
      default: try scanner.skipValue()
      }
    }
    try scanner.end()
    guard record.tokens >= 0, record.topK >= 0 else { throw InputError("no 'num_tokens' and 'topk'") }
    guard record.rows == record.tokens, record.topK > 0, record.topK <= TraceHeader.maximumTopK,
      record.ids.count == record.rows * record.topK
    else {
      throw InputError(
        "\(record.rows) rows of \(record.ids.count) indices, expected \(record.tokens) tokens of top-\(record.topK)")
    }
    return record
  }
}
