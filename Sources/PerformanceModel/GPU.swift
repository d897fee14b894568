import Diagnostics

/// What a rank computes with. Peak rates are the data sheet's; efficiencies say what kernels reach of them.
public struct GPU: Equatable, Sendable {
  /// Bytes of memory.
  public var memory: Double
  /// Peak memory bandwidth, bytes per microsecond.
  public var hbm: Double
  /// Peak dense arithmetic, operations per microsecond.
  public var bf16: Double
  /// Nil on a GPU without 8-bit floating point, which then computes in bf16.
  public var fp8: Double?
  /// Nil on a GPU without 4-bit floating point, which then widens 4-bit weights.
  public var fp4: Double?
  /// Fraction of `hbm` that expert kernels reach.
  public var hbmEfficiency: Double
  /// Fraction of the peak arithmetic that expert kernels reach.
  public var mathEfficiency: Double
  /// Fixed cost of a layer's expert kernels in prefill, microseconds.
  public var launch: Double
  /// Fixed cost of a layer's expert kernels in decode, microseconds.
  public var decodeLaunch: Double
  /// Tokens that each expert's group is rounded up to in prefill.
  public var tile: Int
  /// Microseconds that no prefill layer undercuts: the host's pace where kernels are launched one by one.
  public var prefillFloor: Double
  /// Microseconds per token of the whole group's batch in prefill, for serving systems that sort every token on every
  /// rank.
  public var batchToken: Double
  /// Streaming multiprocessors, which kernels that run beside each other share; nil where that is not stated.
  public var multiprocessors: Int?
  /// How prefill kernels share tiles out; nil counts padded arithmetic alone.
  public var waves: Waves?
  /// Exponent p of the smooth maximum (mem^p + math^p)^(1/p); larger is sharper.
  public var smoothness: Double

  public init(
    memory: Double, hbm: Double, bf16: Double, fp8: Double? = nil, fp4: Double? = nil, hbmEfficiency: Double = 0.9,
    mathEfficiency: Double = 0.7, launch: Double = 6, decodeLaunch: Double = 10, tile: Int = 128,
    prefillFloor: Double = 0, batchToken: Double = 0, multiprocessors: Int? = nil, waves: Waves? = nil,
    smoothness: Double = 1.5
  ) {
    self.memory = memory
    self.hbm = hbm
    self.bf16 = bf16
    self.fp8 = fp8
    self.fp4 = fp4
    self.hbmEfficiency = hbmEfficiency
    self.mathEfficiency = mathEfficiency
    self.launch = launch
    self.decodeLaunch = decodeLaunch
    self.tile = tile
    self.prefillFloor = prefillFloor
    self.batchToken = batchToken
    self.multiprocessors = multiprocessors
    self.waves = waves
    self.smoothness = smoothness
  }

  /// Optional keys default to the fit of DeepGEMM on H800: `efficiency: {hbm: 0.9, math: 0.7}`, `launch: 6 us`,
  /// `decodeLaunch: 10 us`, `tile: 128`, `smoothness: 1.5`; `prefillFloor` and `batchToken` default to 0, `multiprocessors` and `waves` to none.
  public init(settings: Settings) throws(InputError) {
    self.init(
      memory: try settings.size("memory"), hbm: try settings.bandwidth("hbm"), bf16: try settings.flopRate("bf16"),
      fp8: try settings.optionalFlopRate("fp8"), fp4: try settings.optionalFlopRate("fp4"))
    if let efficiency = try settings.optionalSection("efficiency") {
      hbmEfficiency = try efficiency.optionalNumber("hbm", in: 0.001...1) ?? hbmEfficiency
      mathEfficiency = try efficiency.optionalNumber("math", in: 0.001...1) ?? mathEfficiency
      try efficiency.rejectUnknownKeys()
    }
    launch = try settings.optionalDuration("launch") ?? launch
    decodeLaunch = try settings.optionalDuration("decodeLaunch") ?? decodeLaunch
    tile = try settings.optionalInteger("tile", in: 1...4096) ?? tile
    prefillFloor = try settings.optionalDuration("prefillFloor") ?? 0
    batchToken = try settings.optionalDuration("batchToken") ?? 0
    multiprocessors = try settings.optionalInteger("multiprocessors", in: 1...65_536)
    waves = try settings.optionalSection("waves").map(Waves.init(settings:))
    if let multiprocessors, let waves, waves.multiprocessors > multiprocessors {
      throw try settings.section("waves").error(
        "\(waves.multiprocessors), but the GPU has \(multiprocessors)", at: "multiprocessors")
    }
    smoothness = try settings.optionalNumber("smoothness", in: 1...64) ?? smoothness
    try settings.rejectUnknownKeys()
  }

  /// All multiprocessors, or those that are stated to compute experts.
  var countedMultiprocessors: Int? { multiprocessors ?? waves?.multiprocessors }

  /// Peak operations per microsecond on weights of this type; types the GPU lacks are widened to the next it has.
  public func peakRate(for type: DataType) -> Double {
    switch type {
    case .bf16, .fp16: bf16
    case .fp8: fp8 ?? bf16
    case .nvfp4, .mxfp4: fp4 ?? bf16
    }
  }
}
