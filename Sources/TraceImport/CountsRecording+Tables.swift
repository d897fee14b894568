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

  /// Loads that need not be whole, which are multiplied until they are.
  ///
  /// - Returns: a note of what they were multiplied by, if anything.
  static func scaling(_ matrix: LoadMatrix) throws(InputError) -> (recording: CountsRecording, notes: [String]) {
    let (counts, scale) = matrix.scaled
    let recording = try CountsRecording(layers: matrix.layers, experts: matrix.experts, counts: counts)
    return (recording, scale == 1 ? [] : ["the load is not whole: counts are \(Int(scale)) times it"])
  }

  /// The recording's steps under a header made of `options`; layers without tokens are dropped, numbers kept.
  func imported(
    _ sources: [String], format: String, options: ImportOptions, phase: Phase? = nil, notes: [String] = []
  ) throws(InputError) -> Imported {
    if let declared = options.experts, declared != experts {
      throw InputError("\(declared), the recording has \(experts)", in: "--experts", status: .usage)
    }
    let picked = try pickedLayers(options)
    let notes = notes + self.notes(layers: picked)
    let (name, provenance) = TraceHeader.imported(
      from: sources, format: format, licence: options.licence, notes: notes)
    let header = TraceHeader(
      name: name, content: .counts, provenance: provenance, model: options.model, layerNumbers: picked,
      experts: experts, topK: options.expectedTopK, phase: phase)
    return try attributing(sources[0]) { () throws(InputError) in
      .steps(try CountsSteps(self, header: header, path: sources[0]), notes: notes)
    }
  }

  /// The layers that were asked for, else those with tokens.
  private func pickedLayers(_ options: ImportOptions) throws(InputError) -> [Int] {
    if let beyond = options.layers?.first(where: { $0 >= layers }) {
      throw InputError("layer \(beyond) of \(layers)", in: "--layers", status: .usage)
    }
    return options.layers ?? moeLayers
  }
}
