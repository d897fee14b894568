import Containers
import Diagnostics
import Files
import RoutingTrace

/// A load matrix as EPLB takes it.
struct WeightMatrixImport: TraceImport {
  let name = "eplb-weights"
  let summary = "a matrix [layers][experts] in .json, .csv or .npy, as EPLB takes it"

  func recognizes(_ sample: SourceSample) -> Bool {
    sample.array?.axes == 2 || sample.isJSON(with: "weight") || sample.openBrackets == 2
      || sample.isTable && sample.sources.count == 1 && sample.fileName != "routing.csv"
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    let path = sources[0]
    let input = try FileInput(path: path)
    let start = try input.peek(1 << 10)
    let (recording, notes) = try attributing(path) { () throws(InputError) -> (CountsRecording, [String]) in
      if start.starts(with: [0x93]) {
        return (try CountsRecording(array: NumpyArray(try readWhole(input)), axes: 2), [])
      }
      if let first = start.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
        return try Self.matrix(json: readWhole(input))
      }
      let table = try NumberTable(csv: input)
      return try CountsRecording.scaling(LoadMatrix(rows: (0..<table.rows).map { Array(table[$0]) }))
    }
    return try recording.imported(sources, format: name, options: options, notes: notes)
  }

  /// One matrix of loads, or counts, of several steps maybe.
  private static func matrix(json: [UInt8]) throws(InputError) -> (CountsRecording, [String]) {
    do throws(InputError) {
      if let matrix = try LoadMatrix(json: json) { return try CountsRecording.scaling(matrix) }
    } catch {
      guard let counts = try? CountsRecording(json: json, key: "weight") else { throw error }
      return (counts, [])
    }
    return (try CountsRecording(json: json, key: "weight"), [])
  }
}
