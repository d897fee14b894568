import Containers
import Diagnostics
import Files
import RoutingTrace

/// Megatron-LM's router traces, `router_trace_rank*.jsonl`: a line for each step, layer and rank.
struct MegatronImport: TraceImport {
  let name = "megatron"
  let summary = "router_trace_rank*.jsonl of Megatron-LM"

  func recognizes(_ sample: SourceSample) -> Bool { sample.isJSON(with: "top_indices") }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    var steps = RankedSteps()
    for path in sources {
      let input = try FileInput(path: path)
      let lines = LineReader(input, limit: inflateLimit(compressed: input.size ?? 0))
      while let line = try attributing(path, { () throws(InputError) in try lines.next() }) {
        do throws(InputError) {
          try add(line, to: &steps)
        } catch { throw InputError(error.message, in: path, at: .init(line: lines.line)) }
      }
    }
    return try steps.imported(sources, format: name, experts: nil, options: options)
  }

  private func add(_ line: [UInt8], to steps: inout RankedSteps) throws(InputError) {
    var scanner = JSONScanner(line)
    var (step, layer, rank, tokens, topK) = (-1, -1, -1, -1, -1)
    var ids = [UInt16]()
    var rows = 0
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "step": step = try scanner.integer()
      case "layer": layer = try scanner.integer()
      case "rank": rank = try scanner.integer()
      case "num_tokens": tokens = try scanner.integer()
      case "topk": topK = try scanner.integer()
      case "top_indices":
        try scanner.array { scanner throws(InputError) in
          try scanner.array { scanner throws(InputError) in ids.append(try scanner.integer()) }
          rows += 1
        }
      default: try scanner.skipValue()
      }
    }
    try scanner.end()
    guard rows == tokens, topK > 0, topK <= TraceHeader.maximumTopK, ids.count == rows * topK else {
      throw InputError("\(rows) rows of \(ids.count) indices, expected \(tokens) tokens of top-\(topK)")
    }
    try steps.add(step: step, layer: layer, rank: rank, topK: topK, ids: ids)
  }
}
