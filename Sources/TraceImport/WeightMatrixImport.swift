import Containers
import Diagnostics
import Files
import RoutingTrace

/// A load matrix as EPLB takes it, or one tensor in a `.pt`, as msit takes vllm-ascend's expert load (msit,
/// `components/expert_load_balancing`).
struct WeightMatrixImport: TraceImport {
  let name = "eplb-weights"
  let summary = "a matrix [layers][experts] in .json, .csv, .npy or .pt, as EPLB takes it"

  func recognizes(_ sample: SourceSample) -> Bool {
    sample.array?.axes == 2 || sample.pickle?.isTensor ?? false || sample.isJSON(with: "weight")
      || sample.openBrackets == 2
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
      if ZipArchive.isZip(Array(start)) { return (try Self.tensor(TorchFile(try readWhole(input))), []) }
      if let first = start.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
        return try Self.matrix(json: readWhole(input))
      }
      let table = try NumberTable(csv: input)
      return try CountsRecording.scaling(LoadMatrix(rows: (0..<table.rows).map { Array(table[$0]) }))
    }
    return try recording.imported(sources, format: name, options: options, notes: notes)
  }

  private static func tensor(_ file: TorchFile) throws(InputError) -> CountsRecording {
    let (shape, counts) = try file.integers(
      file.root, named: "tensor", upTo: RoutingStep.maximumCount, minusOne: nil)
    guard shape.count == 2 else {
      throw InputError("a tensor of shape \(shape), expected [layers, experts]; --from routed-experts reads routes")
    }
    return try CountsRecording(layers: shape[0], experts: shape[1], counts: counts)
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
