import Diagnostics
import PerformanceModel

/// A number format by the name that a source of measurements gives it.
struct NumberFormat: Equatable, Sendable {
  let name: String
  /// Of experts' weights.
  let weights: DataType
  /// Of a token on the wire.
  let copy: CopyFormat

  private init(_ name: String, _ weights: DataType, _ copy: CopyFormat? = nil) {
    self.name = name
    self.weights = weights
    self.copy = copy ?? CopyFormat(weights)
  }

  /// A scale byte per 32 values is 4 bytes per 128.
  private static let microscaled = CopyFormat(.fp8, scaleBlock: 128)

  static let all = [
    NumberFormat("bf16", .bf16), NumberFormat("bfloat16", .bf16), NumberFormat("fp16", .fp16),
    NumberFormat("float16", .fp16), NumberFormat("half", .fp16), NumberFormat("fp8", .fp8),
    NumberFormat("fp8_block", .fp8, CopyFormat(.fp8, scaleBlock: 128)), NumberFormat("mxfp8", .fp8, microscaled),
    NumberFormat("nvfp4", .nvfp4), NumberFormat("mxfp4", .mxfp4),
    NumberFormat("w4a16_mxfp4", .mxfp4, CopyFormat(.bf16)), NumberFormat("w4a8_mxfp4_mxfp8", .mxfp4, microscaled),
  ]

  static var names: [String] { all.map(\.name) }
}
