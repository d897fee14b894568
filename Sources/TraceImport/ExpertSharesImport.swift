import Containers
import Diagnostics
import Files
import RoutingTrace

/// Mean shares of tokens per expert of several tasks, `{"fraction": [tasks][layers][experts]}`, as analyses of routing
/// publish them (ajtejankar/mixtral-vis-moe for MMLU). Every task becomes a prefill step of as many tokens as asked for.
struct ExpertSharesImport: TraceImport {
  let name = "expert-shares"
  let summary = "JSON {\"fraction\": [tasks][L][E]}, shares of tokens; a step for each task"

  func recognizes(_ sample: SourceSample) -> Bool { sample.isJSON(with: "fraction") }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    guard let topK = options.expectedTopK else {
      throw InputError("shares do not say how many experts a token has: give --top-k or --model", status: .usage)
    }
    var table = try attributing(sources[0]) { () throws(InputError) in
      try ShareTable(json: try readWhole(sources[0]))
    }
    if let declared = options.experts, declared != table.experts {
      throw InputError("\(declared), the recording has \(table.experts)", in: "--experts", status: .usage)
    }
    if let beyond = options.layers?.first(where: { $0 >= table.layers }) {
      throw InputError("layer \(beyond) of \(table.layers)", in: "--layers", status: .usage)
    }
    let picked = options.layers ?? Array(0..<table.layers)
    table.keep(layers: picked)
    try attributing(sources[0]) { () throws(InputError) in try table.check(topK: topK) }
    let (name, provenance) = TraceHeader.imported(
      from: sources, format: name, licence: options.licence, notes: ["shares of tokens, not tokens"])
    let header = TraceHeader(
      name: name, content: .counts, provenance: provenance, model: options.model ?? table.model,
      layerNumbers: picked, experts: table.experts, topK: topK)
    return try .shares(RecordedShares(table, header: header))
  }
}
