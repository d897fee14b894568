import Containers
import Diagnostics
import Foundation
import RoutingTrace

/// What stands under `routed_experts` in a response: base64 of an `.npy` (vLLM), base64 of raw numbers (SGLang),
/// nested lists (older versions), or `{data, shape, dtype}`, whose data are raw numbers in base64, or in base 85 as
/// NVIDIA Dynamo and prime-rl wrote them (ai-dynamo/dynamo, `components/src/dynamo/vllm/handlers.py`;
/// PrimeIntellect-ai/prime-rl, `src/prime_rl/inference/vllm/routed_experts.py`).
enum RoutedPayload {
  case text(String)
  case lists(shape: [Int], ids: [UInt16])
  case described(data: String, shape: [Int], type: String?)

  /// - Returns: nil for `null`, as aborted requests and all but the last chunk of a stream have it.
  static func read(_ scanner: inout JSONScanner) throws(InputError) -> RoutedPayload? {
    if try scanner.skipNull() { return nil }
    switch scanner.peek() {
    case UInt8(ascii: "\""): return .text(try scanner.string())
    case UInt8(ascii: "{"): return try described(&scanner)
    default: return try nested(&scanner)
    }
  }

  private static func described(_ scanner: inout JSONScanner) throws(InputError) -> RoutedPayload {
    var (data, type): (String?, String?)
    var shape = [Int]()
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "data": data = try scanner.string()
      case "dtype": type = try scanner.skipNull() ? nil : try scanner.string()
      case "shape":
        try scanner.array { scanner throws(InputError) in
          guard shape.count < 3 else { throw scanner.failure("more than three axes") }
          shape.append(try scanner.integer())
        }
      default: try scanner.skipValue()
      }
    }
    guard let data, shape.count == 3 else {
      throw scanner.failure("'routed_experts' needs data and a shape of three axes")
    }
    return .described(data: data, shape: shape, type: type)
  }

  private static func nested(_ scanner: inout JSONScanner) throws(InputError) -> RoutedPayload {
    var ids = [UInt16]()
    var (tokens, layers, topK) = (0, 0, 0)
    try scanner.array { scanner throws(InputError) in
      var rows = 0
      try scanner.array { scanner throws(InputError) in
        let before = ids.count
        if !scanner.plainRow(below: Int(RoutedArray.none), into: &ids) {
          try scanner.array { scanner throws(InputError) in ids.append(try id(try scanner.integer())) }
        }
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

  /// - Parameter type: what `routed_experts_dtype` beside it says.
  func array(type: String?, options: ImportOptions) throws(InputError) -> RoutedArray {
    switch self {
    case .lists(let shape, let ids): return try RoutedArray(shape: shape) { () throws(InputError) in ids }
    case .described(let data, let shape, let type): return try Self.raw(data, shape: shape, type: type)
    case .text(let text):
      guard let data = Data(base64Encoded: text) else { throw InputError("'routed_experts' is not base64") }
      let bytes = [UInt8](data)
      if bytes.starts(with: [0x93]) { return try RoutedArray(try NumpyArray(bytes)) }
      return try Self.raw(bytes, element: RawElement(type ?? "int32"), options: options)
    }
  }

  /// SGLang's, whose shape has to be said.
  private static func raw(
    _ bytes: [UInt8], element: RawElement, options: ImportOptions
  ) throws(InputError) -> RoutedArray {
    guard let layers = options.recordedLayers ?? options.shape?.layers, let topK = options.expectedTopK else {
      throw InputError("raw numbers without a shape: give --recorded-layers and --top-k", status: .usage)
    }
    guard layers > 0, topK > 0, layers <= TraceHeader.maximumLayers, topK <= TraceHeader.maximumTopK,
      bytes.count % (element.size * layers * topK) == 0
    else {
      throw InputError(
        "\(bytes.count) bytes are not whole tokens of \(layers) layers × top-\(topK) \(element.name)")
    }
    return try RoutedArray(shape: [bytes.count / (element.size * layers * topK), layers, topK]) {
      () throws(InputError) in try element.ids(bytes)
    }
  }

  /// Numbers with a shape; without a type, their length tells how wide they are.
  private static func raw(_ text: String, shape: [Int], type: String?) throws(InputError) -> RoutedArray {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow, product <= text.utf8.count else {
        throw InputError("'routed_experts' of shape \(shape) in \(text.utf8.count) characters")
      }
      count = product
    }
    let elements = try type.map { name throws(InputError) in [try RawElement(name)] } ?? RawElement.likely
    for element in elements {
      let length = count * element.size
      var bytes: [UInt8]?
      if text.utf8.count == (length + 2) / 3 * 4 { bytes = Data(base64Encoded: text).map { [UInt8]($0) } }
      if bytes == nil, text.utf8.count == Base85.digits(forBytes: length) { bytes = Base85.decode(text) }
      guard let bytes, bytes.count == length else { continue }
      return try RoutedArray(shape: shape) { () throws(InputError) in try element.ids(bytes) }
    }
    let names = elements.map(\.name).joined(separator: ", ")
    throw InputError("'routed_experts' of shape \(shape) is neither base64 nor base 85 of so many \(names)")
  }

  /// An id as recorded, where −1 says that no expert was chosen.
  fileprivate static func id(_ value: Int) throws(InputError) -> UInt16 {
    if value == -1 { return RoutedArray.none }
    guard let id = UInt16(exactly: value), id != RoutedArray.none else { throw InputError("expert id \(value)") }
    return id
  }
}

/// A type of little-endian whole numbers, by its name in numpy or torch.
private struct RawElement {
  let name: String
  let size: Int
  private let isSigned: Bool

  private static let sizes = [
    "uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "uint32": 4, "int32": 4, "uint64": 8, "int64": 8,
  ]

  /// What numbers without a type may be: one byte for at most 256 experts, and else signed ones.
  static let likely = [
    RawElement(name: "uint8", size: 1, isSigned: false), RawElement(name: "int16", size: 2, isSigned: true),
    RawElement(name: "int32", size: 4, isSigned: true), RawElement(name: "int64", size: 8, isSigned: true),
  ]

  private init(name: String, size: Int, isSigned: Bool) {
    (self.name, self.size, self.isSigned) = (name, size, isSigned)
  }

  init(_ type: String) throws(InputError) {
    let name = type.hasPrefix("torch.") ? String(type.dropFirst("torch.".count)) : type
    guard let size = Self.sizes[name] else {
      throw InputError("unknown routed_experts_dtype '\(type)'\(suggestion(for: name, in: Self.sizes.keys.sorted()))")
    }
    self.init(name: name, size: size, isSigned: name.hasPrefix("i"))
  }

  func ids(_ bytes: [UInt8]) throws(InputError) -> [UInt16] {
    var ids = [UInt16]()
    ids.reserveCapacity(bytes.count / size)
    let unused = Int.bitWidth - 8 * size
    for start in stride(from: 0, to: bytes.count, by: size) {
      var value = 0
      for byte in 0..<size { value |= Int(bytes[start + byte]) << (8 * byte) }
      if isSigned { value = (value << unused) >> unused }
      ids.append(try RoutedPayload.id(value))
    }
    return ids
  }
}
