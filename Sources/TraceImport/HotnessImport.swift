import Containers
import Diagnostics
import Files
import Foundation
import RoutingTrace

/// One file for each rank, `decode_<rank>.csv` or `prefill_<rank>.csv`: MoE layers × local slots, as vllm-ascend
/// writes.
///
/// MindIE writes the layers of one iteration after the other, counts adding up, and says in `model_gen_config.json`
/// beside them how many layers there are (read as msit's `expert_load_balancing/elb/preprocessing.py` does); each
/// iteration is a step then. Slots are experts, or what the map that the configuration names says.
struct HotnessImport: TraceImport {
  let name = "hotness"
  let summary = "decode_<rank>.csv or prefill_<rank>.csv of MindIE and vllm-ascend, all ranks"
  let heeds: Set<ImportOptions.Special> = [.ranks, .recordedLayers]

  func recognizes(_ sample: SourceSample) -> Bool {
    Self.rank(ofFile: sample.fileName) != nil || Self.holdsChoices(sample.fileName)
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    var notes: [String] = []
    let choices = sources.filter { Self.holdsChoices($0.split(separator: "/").last ?? "") }
    if !choices.isEmpty { notes.append("\(counted(choices.count, "file")) of each token's top-k left out") }
    let ranks = try ranks(of: sources.filter { !choices.contains($0) }, options: options)
    guard let first = ranks.first else { throw InputError("no file of counts", in: sources[0]) }
    let folder = first.path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let configuration = try MindIEConfiguration(besides: folder.isEmpty ? "." : folder)
    var tables = try tables(ranks.map(\.path))
    if let shared = configuration?.sharedExpertRanks, shared > 0 {
      guard shared < tables.count else {
        throw InputError("\(shared) ranks of shared experts among \(tables.count)", in: first.path)
      }
      tables.removeFirst(shared)
      notes.append("the first \(counted(shared, "rank")) left out, which hold shared experts only")
    }
    let (recording, remarks) = try attributing(first.path) { () throws(InputError) in
      try HotnessTables(tables, map: configuration?.map, experts: configuration?.experts)
        .recording(layers: try layers(configuration, options, rows: tables[0].rows))
    }
    var options = options
    options.topK = options.topK ?? configuration?.topK
    return try recording.imported(
      sources, format: name, options: options, phase: first.phase, notes: notes + remarks)
  }

  /// Layers of an iteration; nil where the rows are the layers of one.
  private func layers(
    _ configuration: MindIEConfiguration?, _ options: ImportOptions, rows: Int
  ) throws(InputError) -> Int? {
    if let layers = options.recordedLayers ?? configuration?.layers {
      guard layers > 0, rows >= layers else {
        throw InputError("\(rows) rows, expected iterations of \(layers) layers")
      }
      return layers
    }
    if let shape = options.shape, rows > shape.layers {
      guard rows % shape.moeLayers == 0 else {
        throw InputError("\(rows) rows are no iterations of the \(shape.moeLayers) MoE layers of \(shape.name)")
      }
      return shape.moeLayers
    }
    return nil
  }

  private typealias RankFile = (rank: Int, phase: Phase, path: String)

  private func ranks(of sources: [String], options: ImportOptions) throws(InputError) -> [RankFile] {
    var ranks: [RankFile] = []
    for path in sources {
      guard let (phase, rank) = Self.rank(ofFile: path.split(separator: "/").last ?? "") else {
        throw InputError("expected a name such as decode_0.csv", in: path, status: .usage)
      }
      if let other = ranks.first(where: { $0.phase != phase }) {
        throw InputError("is of another phase than \(other.path)", in: path, status: .usage)
      }
      ranks.append((rank, phase, path))
    }
    ranks.sort { $0.rank < $1.rank }
    if !ranks.isEmpty { try RankSet.check(ranks.map { ($0.rank, $0.path) }, wanted: options.ranks) }
    return ranks
  }

  private func tables(_ paths: [String]) throws(InputError) -> [NumberTable] {
    var tables: [NumberTable] = []
    var numbers = 0
    for path in paths {
      let table = try NumberTable(csv: try FileInput(path: path))
      numbers += table.values.count
      guard numbers <= HotnessTables.maximumNumbers else {
        throw InputError("more than \(HotnessTables.maximumNumbers) counts in all", in: path)
      }
      tables.append(table)
    }
    return tables
  }

  /// What `decode_3.csv` says; nil for other names.
  static func rank(ofFile name: Substring) -> (phase: Phase, rank: Int)? {
    let parts = name.dropLast(name.hasSuffix(".csv") ? 4 : 0).split(separator: "_")
    guard parts.count == 2, let phase = Phase(rawValue: String(parts[0])), let rank = Int(parts[1]), rank >= 0 else {
      return nil
    }
    return (phase, rank)
  }

  /// Whether it is one of the files `decode_topk_<rank>.csv` that lie beside them.
  static func holdsChoices(_ name: Substring) -> Bool {
    let parts = name.split(separator: "_")
    return parts.count == 3 && Phase(rawValue: String(parts[0])) != nil && parts[1] == "topk" && name.hasSuffix(".csv")
  }
}
