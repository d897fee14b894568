import Containers
import Diagnostics
import Files
import Foundation
import RoutingTrace

/// TensorRT-LLM's expert statistics (`EXPERT_STATISTIC_PATH`; `tensorrt_llm/_torch/expert_statistic.py` writes them,
/// `examples/ep_load_balancer/utils.py` reads them): `meta_info.json` and `rank<r>.safetensors`, in which
/// `<iteration>_<layer>` holds tokens per expert. Ranks are added up; those of different pipeline stages hold different
/// layers. Where every rank also has a `rank<r>_raw.safetensors` of each token's experts, its tokens are read instead.
struct TensorRTImport: TraceImport {
  let name = "tensorrt-llm"
  let summary = "the folder of TensorRT-LLM's expert statistics"
  let heeds: Set<ImportOptions.Special> = [.ranks, .stageLayers, .tensorParallel]

  func recognizes(_ sample: SourceSample) -> Bool {
    sample.isFolder && FileManager.default.fileExists(atPath: "\(sample.sources[0])/meta_info.json")
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    let folder = sources[0]
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw InputError("no such folder", in: folder, status: .missing)
    }
    let (experts, topK) = try metadata("\(folder)/meta_info.json")
    guard options.topK ?? topK == topK, options.experts ?? experts == experts else {
      throw InputError("the recording says \(experts) experts, top-\(topK)", in: "--top-k", status: .usage)
    }
    let counts = Self.ranks(of: files, in: folder, ending: ".safetensors")
    let tokens = Self.ranks(of: files, in: folder, ending: "_raw.safetensors")
    guard !counts.isEmpty || !tokens.isEmpty else { throw InputError("no rank<r>.safetensors", in: folder) }
    if !counts.isEmpty { try RankSet.check(counts, wanted: options.ranks) }
    if tokens.map(\.rank) == counts.map(\.rank) || counts.isEmpty {
      try RankSet.check(tokens, wanted: options.ranks)
      return try TensorRTTokens(tokens.map(\.path), topK: topK)
        .imported(sources, format: name, experts: experts, options: options)
    }
    if options.stageLayers != nil || options.tensorParallel != nil {
      throw InputError(
        "goes by tokens, and the folder holds counts",
        in: options.stageLayers == nil ? "--tensor-parallel" : "--stage-layers", status: .usage)
    }
    var sums = TensorRTCounts(experts: experts, topK: topK)
    for (_, path) in counts {
      try attributing(path) { () throws(InputError) in try sums.add(try Safetensors(try readWhole(path))) }
    }
    let notes = tokens.isEmpty ? [] : ["tokens of \(tokens.count) of \(counts.count) ranks left out: counts are of all"]
    return try attributing(folder) { () throws(InputError) in
      try sums.imported(sources, format: name, options: options, notes: notes)
    }
  }

  /// The ranks' files, ascending: those named `rank`, a number and `ending`.
  private static func ranks(of files: [String], in folder: String, ending: String) -> [(rank: Int, path: String)] {
    files.compactMap { file in
      guard file.hasPrefix("rank"), file.hasSuffix(ending),
        let rank = Int(file.dropFirst("rank".count).dropLast(ending.count)), (0..<65_536).contains(rank)
      else { return nil }
      return (rank, "\(folder)/\(file)")
    }.sorted { ($0.rank, $0.path) < ($1.rank, $1.path) }
  }

  private func metadata(_ path: String) throws(InputError) -> (experts: Int, topK: Int) {
    var (experts, topK) = (0, 0)
    let bytes = try readWhole(path)
    try attributing(path) { () throws(InputError) in
      var scanner = JSONScanner(bytes, countsLines: true)
      try scanner.object { scanner, key throws(InputError) in
        switch key {
        case "num_experts": experts = try scanner.integer()
        case "num_experts_per_token": topK = try scanner.integer()
        default: try scanner.skipValue()
        }
      }
      try scanner.end()
    }
    guard (1...TraceHeader.maximumExperts).contains(experts), (1...experts).contains(topK) else {
      throw InputError("\(experts) experts, top-\(topK)", in: path)
    }
    return (experts, topK)
  }
}

/// Where a tensor of the statistics belongs.
struct TensorRTPlace: Comparable {
  var step: Int
  var layer: Int

  /// - Throws: `InputError` for a name other than `<iteration>_<layer>`.
  init(_ entry: Safetensors.Entry) throws(InputError) {
    let parts = entry.name.split(separator: "_", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let step = parts[0], let layer = parts[1], step >= 0, (0...1_000_000).contains(layer)
    else { throw InputError("tensor '\(entry.name.prefix(40))', expected <iteration>_<layer>") }
    (self.step, self.layer) = (step, layer)
  }

  var place: InputError.Place { .init(step: step, layer: layer) }

  static func < (left: TensorRTPlace, right: TensorRTPlace) -> Bool {
    (left.step, left.layer) < (right.step, right.layer)
  }
}
