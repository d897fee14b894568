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
    let recording = try attributing(path) { () throws(InputError) in
      if start.starts(with: [0x93]) { return try CountsRecording(array: NumpyArray(try readWhole(input)), axes: 2) }
      if let first = start.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
        return try CountsRecording(json: try readWhole(input), key: "weight")
      }
      return try CountsRecording(tables: [try NumberTable(csv: input)])
    }
    return try recording.imported(sources, format: name, options: options)
  }
}
