import Containers
import Diagnostics
import Files
import RoutingTrace

/// `routing.csv` and `weights.csv` of the MoE routing simulation and performance model: one layer of one step.
///
/// A line of the first is a token's top-k experts; of the second its gate weights, then its source, then its number.
struct MoECommsImport: TraceImport {
  let name = "moe-comms"
  let summary = "routing.csv and, with weights and sources, weights.csv"

  func recognizes(_ sample: SourceSample) -> Bool { sample.isTable }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...2, name)
    guard options.topK == nil, options.layers == nil else {
      throw InputError("the file says its top-k and has one layer", in: "--from", status: .usage)
    }
    let table = try NumberTable(csv: try FileInput(path: sources[0]))
    let topK = table.columns
    var experts = [UInt16]()
    experts.reserveCapacity(table.values.count)
    for (index, value) in table.values.enumerated() {
      guard let id = UInt16(exactly: value) else {
        throw InputError(
          "\(value) is not an expert id", in: sources[0], at: .init(line: table.line(ofRow: index / topK)))
      }
      experts.append(id)
    }
    let largest = Int(experts.max() ?? 0)
    let (name, provenance) = TraceHeader.imported(from: sources, format: name, licence: options.licence)
    let header = TraceHeader(
      name: name, content: .tokens, provenance: provenance, model: options.model, layerNumbers: [0],
      experts: options.experts ?? (largest + 8) / 8 * 8, topK: topK)
    var step = RoutingStep(number: 0, tokens: table.rows, experts: experts)
    if sources.count == 2 { try readWeights(sources[1], into: &step, topK: topK) }
    do throws(InputError) {
      try header.validate()
      try step.validate(against: header)
    } catch { throw error.attributed(to: sources[0]) }
    return .steps(StoredSteps(header: header, steps: [step]))
  }

  private func readWeights(_ path: String, into step: inout RoutingStep, topK: Int) throws(InputError) {
    let table = try NumberTable(csv: try FileInput(path: path))
    guard table.rows == step.tokens else {
      throw InputError("\(table.rows) tokens, routing has \(step.tokens)", in: path)
    }
    var weights = [Float]()
    var origins = [UInt32]()
    for token in 0..<table.rows {
      let row = table[token]
      let place = InputError.Place(line: table.line(ofRow: token))
      guard row.count == topK + 2, let source = UInt32(exactly: row[row.startIndex + topK]) else {
        throw InputError("expected \(topK) weights, a source and a token number", in: path, at: place)
      }
      let number = row[row.startIndex + topK + 1]
      guard number == Double(token) else {
        throw InputError("token number \(number), expected \(token)", in: path, at: place)
      }
      weights += row.prefix(topK).map { Float($0) }
      origins.append(source)
    }
    step.weights = weights
    step.sources = origins
  }
}
