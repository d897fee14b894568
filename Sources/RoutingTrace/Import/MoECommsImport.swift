import Diagnostics

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
    let rows = try CSVNumbers.rows(sources[0])
    let topK = rows[0].count
    var experts = [UInt16]()
    for (line, row) in zip(1..., rows) {
      guard row.count == topK else {
        throw InputError("\(row.count) experts, the first line has \(topK)", in: sources[0], at: .init(line: line))
      }
      for value in row {
        guard let id = UInt16(exactly: value) else {
          throw InputError("\(value) is not an expert id", in: sources[0], at: .init(line: line))
        }
        experts.append(id)
      }
    }
    let largest = Int(experts.max() ?? 0)
    let (name, provenance) = TraceHeader.imported(from: sources, format: name, options: options)
    let header = TraceHeader(
      name: name, content: .tokens, provenance: provenance, model: options.model, layerNumbers: [0],
      experts: options.experts ?? (largest + 8) / 8 * 8, topK: topK)
    var step = RoutingStep(number: 0, tokens: rows.count, experts: experts)
    if sources.count == 2 { try readWeights(sources[1], into: &step, topK: topK) }
    do throws(InputError) {
      try header.validate()
      try step.validate(against: header)
    } catch { throw error.attributed(to: sources[0]) }
    return .steps(StoredSteps(header: header, steps: [step]))
  }

  private func readWeights(_ path: String, into step: inout RoutingStep, topK: Int) throws(InputError) {
    let rows = try CSVNumbers.rows(path)
    guard rows.count == step.tokens else {
      throw InputError("\(rows.count) tokens, routing has \(step.tokens)", in: path)
    }
    var weights = [Float]()
    var origins = [UInt32]()
    for (line, row) in zip(1..., rows) {
      guard row.count == topK + 2, let source = UInt32(exactly: row[topK]) else {
        throw InputError(
          "expected \(topK) weights, a source and a token number", in: path, at: .init(line: line))
      }
      guard row[topK + 1] == Double(line - 1) else {
        throw InputError("token number \(row[topK + 1]), expected \(line - 1)", in: path, at: .init(line: line))
      }
      weights += row[..<topK].map { Float($0) }
      origins.append(source)
    }
    step.weights = weights
    step.sources = origins
  }
}

/// Numbers separated by commas, a row a line.
enum CSVNumbers {
  /// - Throws: `InputError` with the line: not finite numbers, or no rows at all.
  static func rows(_ path: String) throws(InputError) -> [[Double]] {
    let text = String(decoding: try readWhole(path), as: UTF8.self)
    var rows = [[Double]]()
    for (line, content) in zip(1..., text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)) {
      if content.isEmpty { continue }
      var row = [Double]()
      for field in content.split(separator: ",", omittingEmptySubsequences: false) {
        guard let value = Double(field.drop { $0 == " " }), value.isFinite else {
          throw InputError("'\(field.prefix(40))' is not a number", in: path, at: .init(line: line))
        }
        row.append(value)
      }
      rows.append(row)
    }
    guard !rows.isEmpty else { throw InputError("no rows", in: path) }
    return rows
  }
}
