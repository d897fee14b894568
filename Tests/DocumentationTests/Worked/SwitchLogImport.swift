import Diagnostics
import Files
import RoutingTrace
import TraceImport

/// One expert id a line: one layer of one step, top-1.
struct SwitchLogImport: TraceImport {
  let name = "switch-log"
  let summary = "one expert id a line"

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    var experts = [UInt16]()
    for (line, text) in zip(1..., try readText(sources[0]).split(whereSeparator: \.isNewline)) {
      guard let expert = UInt16(text) else {
        throw InputError("'\(text)' is not an expert id", in: sources[0], at: .init(line: line))
      }
      experts.append(expert)
    }
    let (name, provenance) = TraceHeader.imported(from: sources, format: name, licence: options.licence)
    let header = TraceHeader(
      name: name, content: .tokens, provenance: provenance, model: options.model, layerNumbers: [0],
      experts: options.expectedExperts ?? likelyExperts(largestID: Int(experts.max() ?? 0)), topK: 1)
    try header.validate()
    let step = RoutingStep(number: 0, tokens: experts.count, experts: experts)
    try step.validate(against: header)
    return .steps(StoredSteps(header: header, steps: [step]))
  }
}
