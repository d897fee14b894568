import Diagnostics

/// What one copy of a token weighs on the wire, whatever the hidden size.
public struct CopyFormat: Equatable, Sendable {
  /// Bytes, whatever the hidden size; nil where the format tells.
  private let fixed: Double?
  private let type: DataType
  /// Values that share a 4-byte scale.
  private let scaleBlock: Int?
  /// Bytes that ride with every copy.
  private let metadata: Double

  public init(_ type: DataType, scaleBlock: Int? = nil, metadata: Double = 0) {
    fixed = nil
    self.type = type
    self.scaleBlock = scaleBlock
    self.metadata = metadata
  }

  /// `{bytes: 9 B}`, or `{dtype: fp8, scaleBlock: 128, metadata: 16 B}`, where each block of `scaleBlock` values carries a
  /// 4-byte scale and `metadata` rides with every copy.
  package init(settings: Settings) throws(InputError) {
    fixed = try settings.optionalSize("bytes")
    var type = DataType.bf16
    var scaleBlock: Int?
    var metadata = 0.0
    if fixed == nil {
      let name = try settings.choice("dtype", of: DataType.allCases.map(\.rawValue))
      type = DataType(rawValue: name) ?? .bf16
      scaleBlock = try settings.optionalInteger("scaleBlock", in: 1...ModelShape.maximumWidth)
      metadata = try settings.optionalSize("metadata") ?? 0
    }
    self.type = type
    self.scaleBlock = scaleBlock
    self.metadata = metadata
    try settings.rejectUnknownKeys()
  }

  public func bytes(hidden: Int) -> Double {
    if let fixed { return fixed }
    let scales = scaleBlock.map { 4 * Double((hidden + $0 - 1) / $0) } ?? 0
    return type.bytes * Double(hidden) + scales + metadata
  }
}
