import Containers
import Diagnostics
import Files
import Foundation
import RoutingTrace

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
    var sums = Sums()
    for file in ranks {
      let path = "\(folder)/\(file)"
      try attributing(path) { () throws(InputError) in
        try sums.add(try Safetensors(try readWhole(path)), experts: experts)
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

  /// Tokens per expert of all ranks, by iteration and layer.
  private struct Sums {
    private(set) var places: [(step: Int, layer: Int)] = []
    /// `[places][experts]`.
    private(set) var counts: [UInt64] = []

    /// - Throws: `InputError`: tensors of other names or shapes, or other ones than earlier ranks have.
    mutating func add(_ file: Safetensors, experts: Int) throws(InputError) {
      var found: [(step: Int, layer: Int, entry: Safetensors.Entry)] = []
      for entry in file.entries {
        let parts = entry.name.split(separator: "_", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let step = parts[0], let layer = parts[1], step >= 0, (0...1_000_000).contains(layer)
        else {
          throw InputError("tensor '\(entry.name.prefix(40))', expected <iteration>_<layer>")
        }
        guard entry.axes == 1, entry.count == experts else {
          throw InputError(
            "\(entry.axes) axes of \(entry.count) in all, expected [\(experts)]", at: .init(step: step, layer: layer))
        }
        found.append((step, layer, entry))
      }
      found.sort { ($0.step, $0.layer) < ($1.step, $1.layer) }
      if places.isEmpty {
        places = found.map { ($0.step, $0.layer) }
        counts = Array(repeating: 0, count: places.count * experts)
      }
      guard places.elementsEqual(found, by: { $0.step == $1.step && $0.layer == $1.layer }) else {
        throw InputError("not the iterations and layers of the other ranks")
      }
      for (index, tensor) in found.enumerated() {
        for (expert, count) in try file.counts(tensor.entry).enumerated() {
          counts[index * experts + expert] &+= min(count, RoutingStep.maximumCount)
        }
      }
    }
  }

  private func imported(
    _ sums: Sums, experts: Int, topK: Int, sources: [String], options: ImportOptions
  ) throws(InputError) -> Imported {
    guard options.topK ?? topK == topK, options.experts ?? experts == experts else {
      throw InputError("the recording says \(experts) experts, top-\(topK)", in: "--top-k", status: .usage)
    }
    let recorded = sums.places.prefix { $0.step == sums.places[0].step }.map(\.layer)
    let layers = options.layers ?? recorded
    let (name, provenance) = TraceHeader.imported(from: sources, format: name, licence: options.licence)
    let header = TraceHeader(
      name: name, content: .counts, provenance: provenance, model: options.model, layerNumbers: layers,
      experts: experts, topK: topK)
    try header.validate()
    let rows = try layers.map { layer throws(InputError) in
      guard let row = recorded.firstIndex(of: layer) else {
        throw InputError("was not recorded", at: .init(step: sums.places[0].step, layer: layer))
      }
      return row
    }
    var steps = [RoutingStep]()
    for start in stride(from: 0, to: sums.places.count, by: recorded.count) {
      let number = sums.places[start].step
      let places = sums.places[start..<min(sums.places.count, start + recorded.count)]
      guard places.map(\.layer) == recorded, places.allSatisfy({ $0.step == number }) else {
        throw InputError("not the layers of the other iterations", at: .init(step: number))
      }
      let counts = rows.flatMap { sums.counts[(start + $0) * experts..<(start + $0 + 1) * experts] }
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
