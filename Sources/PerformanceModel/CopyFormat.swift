import Diagnostics

/// How one copy of a token's activations is laid out on the wire.
public struct CopyFormat: Equatable, Sendable {
  public var type: DataType
  /// Values that share a 4-byte scale; nil for none but those that the type prescribes.
  public var scaleBlock: Int?
  /// Bytes that ride with every copy.
  public var metadata: Double

  public init(_ type: DataType, scaleBlock: Int? = nil, metadata: Double = 0) {
    self.type = type
    self.scaleBlock = scaleBlock
    self.metadata = metadata
  }

  /// Reads `scaleBlock` and `metadata`.
  init(_ type: DataType, settings: Settings) throws(InputError) {
    self.type = type
    scaleBlock = try settings.optionalInteger("scaleBlock", in: 1...ModelShape.maximumWidth)
    metadata = try settings.optionalSize("metadata") ?? 0
    try settings.rejectUnknownKeys()
  }

  /// Bytes of a copy of `hidden` values.
  public func bytes(hidden: Int) -> Double {
    let scales = scaleBlock.map { 4 * Double((hidden + $0 - 1) / $0) } ?? 0
    return type.bytes * Double(hidden) + scales + metadata
  }
}

/// How the kernels of an All-to-All lay copies out, by the type that a model sends.
///
/// `formats: {fp8: {scaleBlock: 128, metadata: 16 B}, bf16: {metadata: 16 B}}`
public struct CopyFormats: Equatable, Sendable {
  public var byType: [DataType: CopyFormat]

  public init(_ formats: [CopyFormat]) {
    byType = Dictionary(formats.map { ($0.type, $0) }) { $1 }
  }

  init(settings: Settings) throws(InputError) {
    byType = [:]
    for type in DataType.allCases {
      byType[type] = try settings.optionalSection(type.rawValue).map { section throws(InputError) in
        try CopyFormat(type, settings: section)
      }
    }
    try settings.rejectUnknownKeys()
  }

  /// - Throws: `InputError` (usage) for a type that the kernels do not send, naming those that they do.
  func format(of type: DataType, in name: String) throws(InputError) -> CopyFormat {
    if let format = byType[type] ?? (type == .fp16 ? byType[.bf16] : nil) { return format }
    let known = DataType.allCases.filter { byType[$0] != nil }.map(\.rawValue).joined(separator: ", ")
    throw InputError("sends no \(type.rawValue); it sends \(known)", in: name, status: .usage)
  }
}

extension Cluster {
  /// What a copy of the model's tokens weighs on these machines: as their kernels lay it out, else as the model's file says.
  ///
  /// - Throws: `InputError` (usage) for a type that the kernels do not send.
  public func payload(of model: ModelShape) throws(InputError) -> Payload {
    let shape = TokenShape(experts: model.experts, topK: model.topK, hidden: model.hidden)
    guard let formats, let types = model.sent else {
      return Payload(
        dispatchBytes: model.payload.dispatchBytes, combineBytes: model.payload.combineBytes, shape: shape)
    }
    let place = "cluster \(name)" + (parts.map { ": \($0.kernels)" } ?? "")
    func bytes(_ type: DataType) throws(InputError) -> Double {
      try formats.format(of: type, in: place).bytes(hidden: model.hidden)
    }
    return Payload(
      dispatchBytes: try bytes(types.dispatch),
      combineBytes: try types.combine.map { type throws(InputError) in try bytes(type) }, shape: shape)
  }
}
