import Containers
import Diagnostics
import RoutingTrace

extension CountsRecording {
  /// - Parameter axes: 2 for `[layers, experts]`, 3 for `[steps, layers, experts]`.
  init(array: NumpyArray, axes: Int) throws(InputError) {
    guard array.shape.count == axes else { throw InputError("shape \(array.shape), expected \(axes) axes") }
    let experts = array.shape[axes - 1]
    var table = PackedCounts()
    for start in stride(from: 0, to: array.count, by: max(1, experts)) {
      for count in try array.integers(start..<start + experts, upTo: RoutingStep.maximumCount) { table.append(count) }
      table.endRow()
    }
    try self.init(layers: array.shape[axes - 2], experts: experts, table: table)
  }

  /// - Parameter tables: `[layers][experts]` whole numbers, side by side.
  init(tables: [NumberTable]) throws(InputError) {
    var counts = [UInt64]()
    for layer in 0..<tables[0].rows {
      for value in tables.map({ $0[layer] }).joined() {
        guard let count = UInt64(exactly: value) else {
          throw InputError("\(value) is not a whole number of tokens", at: .init(layer: layer))
        }
        counts.append(count)
      }
    }
    try self.init(layers: tables[0].rows, experts: tables.reduce(0) { $0 + $1.columns }, counts: counts)
  }

  /// The recording's steps under a header made of `options`; layers without tokens are dropped, numbers kept.
  func imported(
    _ sources: [String], format: String, options: ImportOptions, phase: Phase? = nil, notes: [String] = []
  ) throws(InputError) -> Imported {
    if let declared = options.experts, declared != experts {
      throw InputError("\(declared), the recording has \(experts)", in: "--experts", status: .usage)
    }
    let (name, provenance) = TraceHeader.imported(
      from: sources, format: format, licence: options.licence, notes: notes)
    let picked = options.layers ?? moeLayers
    if let beyond = picked.first(where: { $0 >= layers }) {
      throw InputError("layer \(beyond) of \(layers)", in: "--layers", status: .usage)
    }
    let header = TraceHeader(
      name: name, content: .counts, provenance: provenance, model: options.model, layerNumbers: picked,
      experts: experts, topK: options.topK, phase: phase)
    return try attributing(sources[0]) { () throws(InputError) in
      .steps(try CountsSteps(self, header: header, path: sources[0]), notes: notes)
    }
  }
}
