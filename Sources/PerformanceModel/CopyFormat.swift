import Diagnostics

/// What one copy of a token weighs on the wire, whatever the hidden size.
public struct CopyFormat: Equatable, Sendable {
  /// Nil where a file gives bytes.
  public let type: DataType?
  /// Bytes, whatever the hidden size; nil where the type tells.
  private let fixed: Double?
  /// Values that share a 4-byte scale; nil for none but those that the type prescribes.
  private let scaleBlock: Int?
  /// Bytes that ride with every copy.
  private let metadata: Double

  public init(_ type: DataType, scaleBlock: Int? = nil, metadata: Double = 0) {
    self.type = type
    fixed = nil
    self.scaleBlock = scaleBlock
    self.metadata = metadata
  }

  /// `{bytes: 9 B}`, or `{dtype: fp8, scaleBlock: 128, metadata: 16 B}`, where each block of `scaleBlock` values carries a
  /// 4-byte scale and `metadata` rides with every copy.
  package init(settings: Settings) throws(InputError) {
    guard let bytes = try settings.optionalSize("bytes") else {
      let name = try settings.choice("dtype", of: DataType.allCases.map(\.rawValue))
      self = try CopyFormat(DataType(rawValue: name) ?? .bf16, settings: settings)
      return
    }
    type = nil
    fixed = bytes
    scaleBlock = nil
    metadata = 0
    try settings.rejectUnknownKeys()
  }

  /// Reads `scaleBlock` and `metadata`.
  init(_ type: DataType, settings: Settings) throws(InputError) {
    self.type = type
    fixed = nil
    scaleBlock = try settings.optionalInteger("scaleBlock", in: 1...ModelShape.maximumWidth)
    metadata = try settings.optionalSize("metadata") ?? 0
    try settings.rejectUnknownKeys()
  }

  /// What `init(_:settings:)` reads back.
  fileprivate var text: String {
    let parts = [scaleBlock.map { "scaleBlock: \($0)" }, metadata > 0 ? "metadata: \(shortNumber(metadata)) B" : nil]
    return "{" + parts.compactMap(\.self).joined(separator: ", ") + "}"
  }

  /// Bytes of a copy of `hidden` values.
  public func bytes(hidden: Int) -> Double {
    guard fixed == nil, let type else { return fixed ?? 0 }
    let scales = scaleBlock.map { 4 * Double((hidden + $0 - 1) / $0) } ?? 0
    return type.bytes * Double(hidden) + scales + metadata
  }
}

/// How the kernels of an All-to-All lay copies out, by the type that a model sends.
///
/// `formats: {fp8: {scaleBlock: 128, metadata: 16 B}, bf16: {metadata: 16 B}}`
public struct CopyFormats: Equatable, Sendable {
  public var byType: [DataType: CopyFormat]

  init(settings: Settings) throws(InputError) {
    byType = [:]
    for type in DataType.allCases {
      byType[type] = try settings.optionalSection(type.rawValue).map { section throws(InputError) in
        try CopyFormat(type, settings: section)
      }
    }
    try settings.rejectUnknownKeys()
  }

  /// What `init(settings:)` reads back.
  var text: String {
    let parts = DataType.allCases.compactMap { type in byType[type].map { "\(type.rawValue): \($0.text)" } }
    return "{" + parts.joined(separator: ", ") + "}"
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
    let place = "cluster \(name)" + (parts?.kernels.map { ": \($0)" } ?? "")
    func bytes(_ type: DataType) throws(InputError) -> Double {
      try formats.format(of: type, in: place).bytes(hidden: model.hidden)
    }
    return Payload(
      dispatchBytes: try bytes(types.dispatch),
      combineBytes: try types.combine.map { type throws(InputError) in try bytes(type) }, shape: shape)
  }
}
