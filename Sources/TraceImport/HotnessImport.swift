import Containers
import Diagnostics
import Files
import RoutingTrace

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
