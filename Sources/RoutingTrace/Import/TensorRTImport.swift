import Diagnostics
import Foundation

/// TensorRT-LLM's expert statistics (`EXPERT_STATISTIC_PATH`): `meta_info.json` and `rank<r>.safetensors`, in which
/// `<iteration>_<layer>` holds tokens per expert. Ranks are added up.
struct TensorRTImport: TraceImport {
  let name = "tensorrt-llm"
  let summary = "the folder of TensorRT-LLM's expert statistics"

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
    let ranks = files.filter { $0.hasPrefix("rank") && $0.hasSuffix(".safetensors") }.sorted()
    guard !ranks.isEmpty else { throw InputError("no rank<r>.safetensors", in: folder) }
    var sums: [Int: [Int: [UInt64]]] = [:]
    for file in ranks {
      let path = "\(folder)/\(file)"
      try attributing(path) { () throws(InputError) in
        try add(try Safetensors(try readWhole(path)), experts: experts, to: &sums)
      }
    }
    return try attributing(folder) { () throws(InputError) in
      try imported(sums, experts: experts, topK: topK, sources: sources, options: options)
    }
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

  private func add(_ file: Safetensors, experts: Int, to sums: inout [Int: [Int: [UInt64]]]) throws(InputError) {
    for (key, entry) in file.entries {
      let parts = key.split(separator: "_", omittingEmptySubsequences: false).map { Int($0) }
      guard parts.count == 2, let step = parts[0], let layer = parts[1], step >= 0, (0...1_000_000).contains(layer)
      else {
        throw InputError("tensor '\(key)', expected <iteration>_<layer>")
      }
      guard entry.shape == [experts] else {
        throw InputError("shape \(entry.shape), expected [\(experts)]", at: .init(step: step, layer: layer))
      }
      let counts = try file.counts(entry)
      let before = sums[step]?[layer] ?? Array(repeating: 0, count: experts)
      sums[step, default: [:]][layer] = zip(before, counts).map { $0 &+ min($1, RoutingStep.maximumCount) }
    }
  }

  private func imported(
    _ sums: [Int: [Int: [UInt64]]], experts: Int, topK: Int, sources: [String], options: ImportOptions
  ) throws(InputError) -> Imported {
    guard options.topK ?? topK == topK, options.experts ?? experts == experts else {
      throw InputError("the recording says \(experts) experts, top-\(topK)", in: "--top-k", status: .usage)
    }
    let recorded = sums.values.first?.keys.sorted() ?? []
    let layers = options.layers ?? recorded
    let (name, provenance) = TraceHeader.imported(from: sources, format: name, options: options)
    let header = TraceHeader(
      name: name, content: .counts, provenance: provenance, model: options.model, layerNumbers: layers,
      experts: experts, topK: topK)
    try header.validate()
    var steps = [RoutingStep]()
    for (number, rows) in sums.sorted(by: { $0.key < $1.key }) {
      guard rows.keys.sorted() == recorded else {
        throw InputError("not the layers of the other iterations", at: .init(step: number))
      }
      var counts = [UInt64]()
      for layer in layers {
        guard let row = rows[layer] else { throw InputError("was not recorded", at: .init(step: number, layer: layer)) }
        counts += row
      }
      guard counts.contains(where: { $0 > 0 }) else { continue }
      var step = RoutingStep(number: number, tokens: 1, counts: counts)
      try step.validate(against: header)
      step.tokens = RoutingStep.tokens(ofCounts: counts, header: header)
      steps.append(step)
    }
    guard !steps.isEmpty else { throw InputError("no tokens") }
    return .steps(StoredSteps(header: header, steps: steps))
  }
}
