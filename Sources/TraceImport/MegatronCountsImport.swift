import Containers
import Diagnostics
import Files
import RoutingTrace

/// Tokens of each rank's local experts, as people log Megatron-LM's `tokens_per_expert`: a line of JSON for each
/// iteration and layer, `{"iter": 7, "layer": 3, "tpe": [[…], […]]}`, a row of local experts for each microbatch, or
/// one row alone.
///
/// Ranks are those of one expert-parallel group, by the line's `rank` or the number in the file's name; their experts
/// lie side by side.
struct MegatronCountsImport: TraceImport {
  let name = "megatron-counts"
  let summary = "JSON Lines of Megatron-LM's tokens_per_expert (tpe), all ranks of an expert-parallel group"
  let heeds: Set<ImportOptions.Special> = [.ranks]

  func recognizes(_ sample: SourceSample) -> Bool {
    sample.isJSON(with: "tpe") || sample.isJSON(with: "tokens_per_expert")
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    var records = LocalCounts()
    for (index, path) in sources.enumerated() {
      let input = try FileInput(path: path)
      let lines = LineReader(input, limit: inflateLimit(compressed: input.size ?? 0))
      let rank = RankSet.number(after: "rank", in: path) ?? index
      while let line = try attributing(path, { () throws(InputError) in try lines.next() }) {
        do throws(InputError) { try records.add(line, rankOfFile: rank, path: path) } catch {
          throw InputError(error.message, in: path, at: .init(line: lines.line))
        }
      }
    }
    try RankSet.check(records.files.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }, wanted: options.ranks)
    let recording = try attributing(sources[0]) { () throws(InputError) in try records.recording() }
    return try recording.imported(sources, format: name, options: options, notes: records.notes)
  }
}

/// The records of all ranks.
private struct LocalCounts {
  private struct Record {
    var step = -1
    var layer = -1
    var rank = -1
    /// Rows of `rows`, one for each pass.
    var first = 0
    var passes = 0
    var experts = 0
  }

  private(set) var files: [Int: String] = [:]
  private(set) var leftOut = 0
  private var records: [Record] = []
  /// Of local experts.
  private var rows = PackedCounts()

  var notes: [String] {
    leftOut == 0 ? [] : ["\(counted(leftOut, "record")) of other blocks than the decoder left out"]
  }

  mutating func add(_ line: [UInt8], rankOfFile: Int, path: String) throws(InputError) {
    var scanner = JSONScanner(line)
    var record = Record()
    var block = "decoder"
    record.rank = rankOfFile
    record.first = rows.rows
    var rows = rows
    self.rows = PackedCounts()
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "iter", "iteration", "step": record.step = try scanner.integer()
      case "layer": record.layer = try scanner.integer()
      case "rank": record.rank = try scanner.integer()
      case "block": block = try scanner.string()
      case "tpe", "tokens_per_expert": try Self.read(&scanner, into: &record, &rows)
      default: try scanner.skipValue()
      }
    }
    try scanner.end()
    self.rows = rows
    guard block == "decoder" else { return leftOut += 1 }
    guard record.passes > 0 else { throw InputError("no 'tpe' and no 'tokens_per_expert'") }
    guard record.step >= 0, (0..<TraceHeader.maximumLayers).contains(record.layer), (0..<65_536).contains(record.rank)
    else { throw InputError("iteration \(record.step), layer \(record.layer), rank \(record.rank) is out of range") }
    if let other = files.updateValue(path, forKey: record.rank), other != path {
      throw InputError("rank \(record.rank) again, as in \(other)")
    }
    records.append(record)
  }

  private static func read(
    _ scanner: inout JSONScanner, into record: inout Record, _ rows: inout PackedCounts
  ) throws(InputError) {
    var (read, table) = (record, rows)
    rows = PackedCounts()
    var isNested = false
    try scanner.array { scanner throws(InputError) in
      guard scanner.peek() == UInt8(ascii: "[") else { return try count(&scanner, into: &table) }
      isNested = true
      try scanner.array { scanner throws(InputError) in try count(&scanner, into: &table) }
      try end(&table, of: &read, scanner)
    }
    if !isNested { try end(&table, of: &read, scanner) }
    (record, rows) = (read, table)
  }

  private static func count(_ scanner: inout JSONScanner, into table: inout PackedCounts) throws(InputError) {
    let count = try scanner.wholeNumber()
    guard count <= RoutingStep.maximumCount, table.pending < TraceHeader.maximumExperts else {
      throw scanner.failure("a count above \(RoutingStep.maximumCount), or too many experts")
    }
    table.append(count)
  }

  private static func end(
    _ table: inout PackedCounts, of record: inout Record, _ scanner: JSONScanner
  ) throws(InputError) {
    let experts = table.pending
    guard experts > 0, record.passes == 0 || record.experts == experts else {
      throw scanner.failure("\(experts) experts, other microbatches have \(record.experts)")
    }
    table.endRow()
    record.passes += 1
    record.experts = experts
  }

  /// Ranks' experts side by side; a step for each microbatch of each iteration.
  ///
  /// - Throws: `InputError` with the step and layer of a rank that recorded other layers, microbatches or experts.
  mutating func recording() throws(InputError) -> CountsRecording {
    records.sort { ($0.step, $0.layer, $0.rank) < ($1.step, $1.layer, $1.rank) }
    guard let first = records.first else { throw InputError("no records") }
    let cells = records.chunked { ($0.step, $0.layer) == ($1.step, $1.layer) }
    let experts = cells[0].reduce(0) { $0 + $1.experts }
    let layers = cells.prefix { $0[$0.startIndex].step == first.step }.map { $0[$0.startIndex].layer }
    let height = (records.map(\.layer).max() ?? 0) + 1
    guard experts <= TraceHeader.maximumExperts, height * experts <= TraceHeader.maximumExpertsInAll else {
      throw InputError("\(height) layers of \(experts) experts")
    }
    var table = PackedCounts()
    for start in stride(from: 0, to: cells.count, by: layers.count) {
      let step = cells[start..<min(cells.count, start + layers.count)]
      let head = step[start][step[start].startIndex]
      guard step.allSatisfy({ $0[$0.startIndex].step == head.step }), step.map({ $0[$0.startIndex].layer }) == layers
      else { throw InputError("not the layers of the other iterations", at: .init(step: head.step)) }
      for cell in step { try check(cell, experts: experts, passes: head.passes) }
      for pass in 0..<head.passes {
        var rest = step
        for layer in 0..<height {
          let isRecorded = rest.first.map { $0[$0.startIndex].layer == layer } ?? false
          let cell = isRecorded ? rest.removeFirst() : []
          for count in cell.flatMap({ rows[$0.first + pass] }) { table.append(count) }
          if cell.isEmpty { for _ in 0..<experts { table.append(0) } }
          table.endRow()
        }
      }
    }
    return try CountsRecording(layers: height, experts: experts, table: table)
  }

  private func check(_ cell: ArraySlice<Record>, experts: Int, passes: Int) throws(InputError) {
    for (record, next) in zip(cell, cell.dropFirst()) where record.rank == next.rank {
      throw InputError("rank \(record.rank) recorded it twice", at: .init(step: record.step, layer: record.layer))
    }
    guard let first = cell.first else { return }
    let place = InputError.Place(step: first.step, layer: first.layer)
    if let odd = cell.first(where: { $0.passes != passes }) {
      throw InputError("rank \(odd.rank) has \(odd.passes) microbatches, others \(passes)", at: place)
    }
    let all = cell.reduce(0) { $0 + $1.experts }
    guard all == experts else { throw InputError("\(all) experts, \(experts) in the first layer", at: place) }
  }
}

extension Array {
  /// Runs of neighbours that are alike.
  fileprivate func chunked(by areAlike: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
    var chunks: [ArraySlice<Element>] = []
    var start = startIndex
    for index in indices.dropFirst() where !areAlike(self[index - 1], self[index]) {
      chunks.append(self[start..<index])
      start = index
    }
    if start < endIndex { chunks.append(self[start..<endIndex]) }
    return chunks
  }
}
