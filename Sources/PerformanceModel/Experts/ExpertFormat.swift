/// What the weights and activations of expert kernels are stored in.
public enum ExpertFormat: String, CaseIterable, Sendable {
  case bf16
  /// One scale per tensor.
  case fp8
  /// One scale per block of 128 × 128 weights and 128 activations (DeepSeek-V3 and most checkpoints in fp8).
  case fp8Block = "fp8-block"
  case nvfp4
  /// Weights in mxfp4, activations in bf16.
  case w4a16 = "mxfp4-bf16"
  /// Weights in mxfp4, activations in mxfp8.
  case w4a8 = "mxfp4-mxfp8"

  /// Bytes of a weight, its scales counted in.
  public var weightBytes: Double {
    switch self {
    case .bf16: 2
    case .fp8, .fp8Block: 1
    case .nvfp4: 0.5 + 1.0 / 16
    case .w4a16, .w4a8: 0.5 + 1.0 / 32
    }
  }

  /// Bytes of an activation that kernels compute with.
  public var activationBytes: Double {
    switch self {
    case .bf16, .w4a16: 2
    case .fp8, .fp8Block: 1
    case .nvfp4: 0.5 + 1.0 / 16
    case .w4a8: 1 + 1.0 / 32
    }
  }

  /// Peak operations per microsecond: of the slower of what weights and activations allow.
  func peakRate(of gpu: GPU) -> Double {
    switch self {
    case .bf16, .w4a16: gpu.bf16
    case .fp8, .fp8Block, .w4a8: gpu.fp8 ?? gpu.bf16
    case .nvfp4: gpu.fp4 ?? gpu.bf16
    }
  }
}

extension DataType {
  /// What kernels compute weights of this type with, the first that there are figures for.
  var expertFormats: [ExpertFormat] {
    switch self {
    case .bf16, .fp16: [.bf16]
    case .fp8: [.fp8Block, .fp8]
    case .nvfp4: [.nvfp4]
    case .mxfp4: [.w4a8, .w4a16]
    }
  }
}
