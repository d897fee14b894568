import Diagnostics
import PerformanceModel

/// A number format by the name that a source of measurements gives it.
struct NumberFormat: Equatable, Sendable {
  let name: String
  /// Of experts' weights.
  let weights: DataType
  /// Of the kernels that compute experts; nil for a format of activations alone.
  let experts: ExpertFormat?
  /// Of a token on the wire.
  let copy: CopyFormat

  private init(_ name: String, _ weights: DataType, _ experts: ExpertFormat?, _ copy: CopyFormat? = nil) {
    self.name = name
    self.weights = weights
    self.experts = experts
    self.copy = copy ?? CopyFormat(weights)
  }

  /// A scale byte per 32 values is 4 bytes per 128.
  private static let microscaled = CopyFormat(.fp8, scaleBlock: 128)

  static let all = [
    NumberFormat("bf16", .bf16, .bf16), NumberFormat("bfloat16", .bf16, .bf16), NumberFormat("fp16", .fp16, .bf16),
    NumberFormat("float16", .fp16, .bf16), NumberFormat("half", .fp16, .bf16), NumberFormat("fp8", .fp8, .fp8),
    NumberFormat("fp8_block", .fp8, .fp8Block, CopyFormat(.fp8, scaleBlock: 128)),
    NumberFormat("mxfp8", .fp8, nil, microscaled), NumberFormat("nvfp4", .nvfp4, .nvfp4),
    NumberFormat("mxfp4", .mxfp4, nil), NumberFormat("w4a16_mxfp4", .mxfp4, .w4a16, CopyFormat(.bf16)),
    NumberFormat("w4a8_mxfp4_mxfp8", .mxfp4, .w4a8, microscaled),
  ]

  static var names: [String] { all.map(\.name) }
}
