import Containers
import Diagnostics
import RoutingTrace

extension FuzzedReader {
  /// The project's own formats, and what a load is read from.
  static let traceReaders = [
    FuzzedReader("native", in: NativeContainer()) { bytes in try read(nativeFile.write(bytes), bytes) },
    FuzzedReader("json-lines") { bytes in try read(textFile.write(bytes), bytes) },
    FuzzedReader("json-lines-gzip", in: GzipContainer()) { bytes in try read(packedFile.write(bytes), bytes) },
    FuzzedReader("load-matrix") { bytes in
      if let matrix = try LoadMatrix(json: bytes) {
        precondition(matrix.values.count == matrix.layers * matrix.experts)
      }
    },
  ]

  private static let nativeFile = ScratchFile("a.moetrace")
  private static let textFile = ScratchFile("a.jsonl")
  private static let packedFile = ScratchFile("a.jsonl.gz")

  private static func read(_ path: String, _ bytes: [UInt8]) throws {
    let range = choice([nil, nil, 0..<2, 1..<Int.max], for: bytes)
    try readAll(TraceReader(path: path, steps: range, threads: 1, digesting: false))
  }

  /// Takes what steps there are, and holds them against what a step may be.
  static func readAll(_ source: any StepSource) throws {
    let header = source.header
    try header.validate()
    for _ in 0..<256 {
      guard let step = try source.next() else { return }
      do throws(InputError) { try step.validate(against: header) } catch {
        fatalError("a step that its header does not allow: \(error)")
      }
    }
  }
}
