import Containers
import Diagnostics
import Files
import RoutingTrace

/// SGLang's expert distribution recorder (`torch.save`): `stat` and `stat_approx` hold counts of logical experts;
/// `per_pass` counts of slots and `per_token` each token's slots, one file for each rank.
///
/// Slots become experts through the recorded `last_physical_to_logical_map`. Layers that nothing visits are dense. Of
/// `per_token`, `input_ids` are the vocabulary ids and `forward_mode` tells the phase.
///
/// Layouts: sgl-project/sglang, `python/sglang/srt/eplb/expert_distribution.py`.
struct SGLangRecorderImport: TraceImport {
  let name = "sglang-recorder"
  let summary = ".pt dumps of SGLang's expert distribution recorder, all ranks"
  let heeds: Set<ImportOptions.Special> = [.ranks, .tensorParallel, .sharedExperts]

  func recognizes(_ sample: SourceSample) -> Bool { sample.pickle?.isRecorder ?? false }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    guard sources.count == 1 || !sources.contains("-") else {
      throw InputError("stands alone: several dumps are read twice", in: "standard input", status: .usage)
    }
    let first = try Self.file(sources[0])
    if let counts = first.member("logical_count", of: first.root) {
      guard sources.count == 1 else {
        throw InputError("a dump of all ranks together stands alone", in: sources[0], status: .usage)
      }
      return try statistics(first, counts, sources, options)
    }
    if sources.count == 1 { return try passes([(sources[0], { () throws(InputError) in first })], options) }
    // What ranks share is known only when all were read; dumps are read twice rather than held.
    return try passes(sources.map { path in (path, { () throws(InputError) in try Self.file(path) }) }, options)
  }

  private static func file(_ path: String) throws(InputError) -> TorchFile {
    try attributing(path) { () throws(InputError) in try TorchFile(try readWhole(path)) }
  }

  /// A dump, opened when it is needed.
  private typealias Dump = (path: String, open: () throws(InputError) -> TorchFile)

  private func passes(_ dumps: [Dump], _ options: ImportOptions) throws(InputError) -> Imported {
    var ranks = EqualRanks()
    if dumps.count > 1 || options.tensorParallel != nil || options.ranks != nil {
      for dump in dumps {
        let file = try dump.open()
        try attributing(dump.path) { () throws(InputError) in
          for record in try Self.records(of: file) { try ranks.add(record, of: file) }
        }
      }
      try ranks.check(options, path: dumps[0].path)
    }
    let groups = try ranks.groups(options)
    var passes = RecordedPasses(options: options, groups: groups)
    for dump in dumps {
      let file = try dump.open()
      try attributing(dump.path) { () throws(InputError) in
        let records = try Self.records(of: file)
        try passes.begin(file)
        for record in records where groups.isKept(rank: record.rank) { try passes.add(record, of: file) }
      }
    }
    return try passes.imported(dumps.map(\.path), format: name, options: options)
  }

  private static func records(of file: TorchFile) throws(InputError) -> [RecordedPass] {
    guard let records = file.member("records", of: file.root).flatMap(file.items) else {
      throw InputError("neither 'logical_count' nor 'records'")
    }
    return try records.map { record throws(InputError) in try RecordedPass(record, of: file) }
  }

  private func statistics(
    _ file: TorchFile, _ counts: Pickled, _ sources: [String], _ options: ImportOptions
  ) throws(InputError) -> Imported {
    let recording = try attributing(sources[0]) { () throws(InputError) in try Self.counts(file, counts) }
    // The recorder's buffer is a ring, and where it begins is not in the file; a step without tokens was not filled yet.
    let isFullRing = recording.stepCount > 1 && !recording.hasEmptyStep
    let notes =
      isFullRing
      ? ["the ring of \(recording.stepCount) passes is full: they may not be in the order of time"] : []
    return try recording.imported(sources, format: name, options: options, notes: notes)
  }

  private static func counts(_ file: TorchFile, _ value: Pickled) throws(InputError) -> CountsRecording {
    let (shape, values) = try file.integers(value, named: "logical_count")
    guard (2...3).contains(shape.count) else { throw InputError("'logical_count' of shape \(shape)") }
    guard values.allSatisfy({ $0 >= 0 }) else { throw InputError("a negative count") }
    return try CountsRecording(
      layers: shape[shape.count - 2], experts: shape[shape.count - 1], counts: values.map { UInt64($0) })
  }
}

/// One rank's record of one forward pass.
struct RecordedPass {
  var number: Int
  var rank: Int
  /// Which of the pass's gatherers recorded: batches that overlap have one each.
  var gatherer: String
  let members: Pickled

  init(_ record: Pickled, of file: TorchFile) throws(InputError) {
    guard case .integer(let pass) = file.member("forward_pass_id", of: record), pass >= 0,
      case .integer(let rank) = file.member("rank", of: record), (0..<65_536).contains(rank)
    else { throw InputError("a record without 'forward_pass_id' and 'rank'") }
    (number, self.rank) = (pass, rank)
    gatherer = if case .string(let key) = file.member("gatherer_key", of: record) { key } else { "" }
    members = record
  }
}
