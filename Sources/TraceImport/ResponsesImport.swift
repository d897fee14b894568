import Containers
import Diagnostics
import Files
import Foundation
import RoutingTrace

/// Responses of vLLM's and SGLang's APIs, one a line: base64 of an `.npy` (vLLM), base64 of raw numbers (SGLang), or
/// nested lists (older versions) under `routed_experts`.
struct ResponsesImport: TraceImport {
  let name = "responses"
  let summary = "JSON Lines of vLLM or SGLang API responses with routed_experts"

  func recognizes(_ sample: SourceSample) -> Bool { sample.isJSON(with: "routed_experts") }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    guard !sources.contains("-") else {
      throw InputError("is read twice, which standard input does not allow; give a file", in: name, status: .usage)
    }
    return .sequences(
      try RoutedArrays(sources: sources, format: name, options: options) { () throws(InputError) in
        ResponseSequences(sources, options: options)
      })
  }
}

private final class ResponseSequences: RoutedArraySource {
  private var sources: ArraySlice<String>
  private let options: ImportOptions
  private var path = ""
  private var lines: LineReader?
  private var ready: ArraySlice<(RoutedArray, place: String)> = []

  init(_ sources: [String], options: ImportOptions) {
    self.sources = sources[...]
    self.options = options
  }

  func next() throws(InputError) -> (RoutedArray, place: String)? {
    while ready.isEmpty {
      guard let line = try lines?.next() else {
        guard let path = sources.popFirst() else { return nil }
        self.path = path
        let input = try FileInput(path: path)
        lines = LineReader(input, limit: inflateLimit(compressed: input.size ?? 0))
        continue
      }
      let place = InputError.Place(line: lines?.line)
      do throws(InputError) {
        ready = try parse(line).map { ($0, "\(path): line \(place.line ?? 0)") }[...]
      } catch { throw InputError(error.message, in: path, at: place) }
    }
    return ready.removeFirst()
  }

  private func parse(_ line: [UInt8]) throws(InputError) -> [RoutedArray] {
    var scanner = JSONScanner(line)
    var found = [RoutedArray]()
    try readObject(&scanner, into: &found, depth: 0)
    try scanner.end()
    guard !found.isEmpty else { throw InputError("no 'routed_experts'") }
    return found
  }

  /// A response, one of its `choices`, or its `meta_info`.
  private func readObject(
    _ scanner: inout JSONScanner, into found: inout [RoutedArray], depth: Int
  ) throws(InputError) {
    var arrays = found
    var payload: Payload?
    var type: String?
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "routed_experts": payload = try Payload(&scanner)
      case "routed_experts_dtype": type = try scanner.string()
      case "meta_info" where depth < 4: try readObject(&scanner, into: &arrays, depth: depth + 1)
      case "choices" where depth < 4:
        try scanner.array { scanner throws(InputError) in try readObject(&scanner, into: &arrays, depth: depth + 1) }
      default: try scanner.skipValue()
      }
    }
    found = arrays
    if let array = try payload?.array(type: type, options: options) { found.append(array) }
  }

  private enum Payload {
    case text(String)
    case lists(shape: [Int], ids: [UInt16])
    case absent

    init(_ scanner: inout JSONScanner) throws(InputError) {
      if try scanner.skipNull() {
        self = .absent
      } else if scanner.peek() == UInt8(ascii: "\"") {
        self = .text(try scanner.string())
      } else {
        self = try Self.nested(&scanner)
      }
    }

    private static func nested(_ scanner: inout JSONScanner) throws(InputError) -> Payload {
      var ids = [UInt16]()
      var (tokens, layers, topK) = (0, 0, 0)
      try scanner.array { scanner throws(InputError) in
        var rows = 0
        try scanner.array { scanner throws(InputError) in
          let before = ids.count
          try scanner.array { scanner throws(InputError) in ids.append(try scanner.integer()) }
          if topK == 0 { topK = ids.count - before }
          guard ids.count - before == topK, topK > 0 else { throw scanner.failure("rows of different lengths") }
          rows += 1
        }
        if tokens == 0 { layers = rows }
        guard rows == layers else { throw scanner.failure("tokens with different numbers of layers") }
        tokens += 1
      }
      return .lists(shape: [tokens, layers, topK], ids: ids)
    }

    func array(type: String?, options: ImportOptions) throws(InputError) -> RoutedArray? {
      switch self {
      case .absent: return nil
      case .lists(let shape, let ids): return try RoutedArray(shape: shape) { () throws(InputError) in ids }
      case .text(let text):
        guard let data = Data(base64Encoded: text) else { throw InputError("'routed_experts' is not base64") }
        let bytes = [UInt8](data)
        if bytes.starts(with: [0x93]) { return try RoutedArray(try NumpyArray(bytes)) }
        return try Self.raw(bytes, type: type ?? "int32", options: options)
      }
    }

    private static func raw(_ bytes: [UInt8], type: String, options: ImportOptions) throws(InputError) -> RoutedArray {
      guard let size = ["int32": 4, "uint16": 2, "uint8": 1][type] else {
        throw InputError(
          "unknown routed_experts_dtype '\(type)'\(suggestion(for: type, in: ["int32", "uint16", "uint8"]))")
      }
      guard let layers = options.recordedLayers, let topK = options.topK else {
        throw InputError("raw numbers without a shape: give --recorded-layers and --top-k", status: .usage)
      }
      guard layers > 0, topK > 0, layers <= TraceHeader.maximumLayers, topK <= TraceHeader.maximumTopK,
        bytes.count % (size * layers * topK) == 0
      else { throw InputError("\(bytes.count) bytes are not whole tokens of \(layers) layers × top-\(topK) \(type)") }
      return try RoutedArray(shape: [bytes.count / (size * layers * topK), layers, topK]) { () throws(InputError) in
        var ids = [UInt16]()
        ids.reserveCapacity(bytes.count / size)
        for start in stride(from: 0, to: bytes.count, by: size) {
          let value = (0..<size).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
          guard let id = UInt16(exactly: value) else { throw InputError("expert id \(value)") }
          ids.append(id)
        }
        return ids
      }
    }
  }
}
