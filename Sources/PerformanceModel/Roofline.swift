import Foundation

/// The time of a layer's expert kernels: grouped GEMM on each rank, gate, up and down projections.
///
///     T = t0 + (t_mem^p + t_math^p)^(1/p)
///     t_math = 6 · padded tokens · hidden · intermediate / math rate
///     t_mem  = (touched experts · expert bytes + token visits · activation bytes) / memory rate
///
/// A fit of DeepGEMM measurements on H800 gave the form and p = 1.5. In prefill each touched expert's tokens are rounded
/// up to the tile, and `waves` fill up with idle multiprocessors where the cluster file gives them. An expected load below one token touches its expert with that probability. The layer waits for its
/// slowest rank; in prefill it takes at least `prefillFloor`, and `batchToken` for each token of the whole batch, where a
/// cluster file gives these. Every rank runs the shared experts on its own tokens, in the same kernels.
///
/// Activation bytes of a visit: the first GEMM reads `hidden` values in the math format and writes 2·intermediate in bf16;
/// the activation reads these and writes `intermediate` in the math format; the second GEMM reads them and writes
/// `hidden` in bf16. The math format is fp8 for fp8 weights on a GPU that has it, else bf16.
public struct ExpertCompute: Sendable {
  private let mathRate: Double
  private let memoryRate: Double
  private let flopsPerVisit: Double
  private let activationBytes: Double
  private let expertBytes: Double
  private let sharedExperts: Double
  private let launch: Double
  private let decodeLaunch: Double
  private let tile: Double
  private let smoothness: Double
  private let prefillFloor: Double
  private let batchToken: Double
  private let waves: Waves?
  private let hidden: Double
  private let intermediate: Double

  public init(gpu: GPU, model: ModelShape) {
    hidden = Double(model.hidden)
    intermediate = Double(model.expertIntermediate)
    waves = gpu.waves
    let mathBytes = model.weights == .fp8 && gpu.fp8 != nil ? 1.0 : 2.0
    mathRate = gpu.peakRate(for: model.weights) * gpu.mathEfficiency
    memoryRate = gpu.hbm * gpu.hbmEfficiency
    flopsPerVisit = 6 * hidden * intermediate
    activationBytes = hidden * (mathBytes + 2) + intermediate * (2 * 2 * 2 + 2 * mathBytes)
    expertBytes = model.expertBytes
    sharedExperts = Double(model.sharedExperts)
    launch = gpu.launch
    decodeLaunch = gpu.decodeLaunch
    tile = Double(gpu.tile)
    smoothness = gpu.smoothness
    prefillFloor = gpu.prefillFloor
    batchToken = gpu.batchToken
  }

  /// Operations per byte at which these kernels take as long for arithmetic as for memory: peak rates times efficiencies.
  public var ridgePoint: Double { Roofline.ridgePoint(flopRate: mathRate, bandwidth: memoryRate) }

  /// Operations per microsecond that these kernels reach at best: the peak rate times its efficiency.
  public var flopRate: Double { mathRate }

  /// Microseconds of the slowest rank; see `layerCost`.
  public func layerTime(
    slotTokens: Span<Double>, slotsPerRank: Int, tokensPerRank: Double, isDecode: Bool
  ) -> Double {
    layerCost(slotTokens: slotTokens, slotsPerRank: slotsPerRank, tokensPerRank: tokensPerRank, isDecode: isDecode).time
  }

  /// The cost of the slowest rank.
  ///
  /// - Parameters:
  ///   - slotTokens: `[slots]` tokens of each slot; a multiple of `slotsPerRank`.
  ///   - tokensPerRank: tokens that start on a rank, which its shared experts see.
  ///   - isDecode: decode pads nothing and has its own launch cost.
  /// - Complexity: O(slots), without allocation.
  public func layerCost(
    slotTokens: Span<Double>, slotsPerRank: Int, tokensPerRank: Double, isDecode: Bool
  ) -> ExpertCost {
    precondition(slotsPerRank > 0 && slotTokens.count % slotsPerRank == 0)
    var slowest = ExpertCost()
    var touched = 0.0
    for start in stride(from: 0, to: slotTokens.count, by: slotsPerRank) {
      let slots = slotTokens.extracting(start..<start + slotsPerRank)
      let cost = rankCost(slotTokens: slots, tokensPerRank: tokensPerRank, isDecode: isDecode)
      touched += cost.touchedExperts
      if cost.time > slowest.time { slowest = cost }
    }
    slowest.touchedExperts = touched
    guard !isDecode, slowest.time > 0 else { return slowest }
    let batch = tokensPerRank * Double(slotTokens.count / slotsPerRank)
    let paced = slowest.time + batchToken * batch
    if paced < prefillFloor { slowest.fixed = prefillFloor }
    slowest.time = max(prefillFloor, paced)
    return slowest
  }

  /// The cost of one rank with these tokens per slot; nothing when it has nothing to do.
  public func rankCost(
    slotTokens: Span<Double>, tokensPerRank: Double, isDecode: Bool
  ) -> ExpertCost {
    var touched = 0.0
    var visits = 0.0
    var padded = 0.0
    for slot in slotTokens.indices {
      let tokens = slotTokens[slot]
      touched += min(1, tokens)
      visits += tokens
      padded += pad(tokens, isDecode: isDecode)
    }
    if tokensPerRank > 0 {
      touched += sharedExperts
      visits += sharedExperts * tokensPerRank
      padded += sharedExperts * pad(tokensPerRank, isDecode: isDecode)
    }
    guard visits > 0 else { return ExpertCost() }
    let memory = (touched * expertBytes + visits * activationBytes) / memoryRate
    let math = flops(padded: padded, isDecode: isDecode) / mathRate
    let fixed = isDecode ? decodeLaunch : launch
    return ExpertCost(
      time: fixed + smoothMaximum(memory, math), memory: memory, math: math,
      usefulMath: visits * flopsPerVisit / mathRate, touchedExperts: touched, fixed: fixed)
  }

  /// What single experts add to the time of a rank with `slots` experts that have `tokens` each, on average.
  ///
  /// - Parameter tokensPerRank: tokens that start on the rank, which its shared experts see.
  public func marginalCost(slots: Int, tokens: Double, tokensPerRank: Double, isDecode: Bool) -> MarginalExpertCost {
    // The slowest rank of a step is what counts, and it has about half as many again.
    let even = Array(repeating: 1.5 * tokens, count: slots)
    let cost = rankCost(slotTokens: even.span, tokensPerRank: tokensPerRank, isDecode: isDecode)
    let kernels = max(smoothMaximum(cost.memory, cost.math), .leastNormalMagnitude)
    // The derivatives of (mem^p + math^p)^(1/p).
    let memoryWeight = pow(cost.memory / kernels, smoothness - 1)
    let mathWeight = pow(cost.math / kernels, smoothness - 1)
    return MarginalExpertCost(
      touched: memoryWeight * expertBytes / memoryRate, visit: memoryWeight * activationBytes / memoryRate,
      paddedToken: mathWeight * flopsPerVisit / mathRate, tile: isDecode ? 0 : tile,
      free: isDecode ? 0 : max(0, prefillFloor - launch))
  }

  private func flops(padded: Double, isDecode: Bool) -> Double {
    guard let waves, !isDecode else { return padded * flopsPerVisit }
    return waves.flops(padded: padded, tile: tile, hidden: hidden, intermediate: intermediate)
  }

  private func pad(_ tokens: Double, isDecode: Bool) -> Double {
    isDecode ? tokens : (tokens / tile).rounded(.up) * tile
  }

  private func smoothMaximum(_ a: Double, _ b: Double) -> Double {
    Roofline.smoothMaximum(a, b, exponent: smoothness)
  }
}

/// What a layer's expert kernels cost on its slowest rank.
public struct ExpertCost: Equatable, Sendable {
  /// Microseconds, launch and floors included.
  public var time: Double
  /// Microseconds of memory traffic alone.
  public var memory: Double
  /// Microseconds of arithmetic alone, as executed.
  public var math: Double
  /// The part of it that is on tokens: without padding and idle waves.
  public var usefulMath: Double
  /// Experts whose weights are read, shared ones included; of all ranks together in a layer's cost.
  public var touchedExperts: Double
  /// Microseconds of `time` that neither memory nor arithmetic takes: launches, or the floor in place of all else.
  public var fixed: Double

  public init(
    time: Double = 0, memory: Double = 0, math: Double = 0, usefulMath: Double = 0, touchedExperts: Double = 0,
    fixed: Double = 0
  ) {
    self.time = time
    self.memory = memory
    self.math = math
    self.usefulMath = usefulMath
    self.touchedExperts = touchedExperts
    self.fixed = fixed
  }
}

/// What a layer waits for longest.
public enum Bottleneck: String, CaseIterable, Sendable {
  case communication, memory, math

  /// Communication when it takes longer than the experts; else the larger part of the experts' kernels.
  public init(communication: Double, experts: ExpertCost) {
    if communication > experts.time {
      self = .communication
    } else {
      self = experts.memory > experts.math ? .memory : .math
    }
  }
}

/// The roofline model (Williams, Waterman and Patterson, CACM 2009).
public enum Roofline {
  /// Operations per byte from which a GPU with these rates is bound by arithmetic.
  public static func ridgePoint(flopRate: Double, bandwidth: Double) -> Double { flopRate / bandwidth }

  /// (a^p + b^p)^(1/p), scaled by the larger so that large powers do not overflow.
  static func smoothMaximum(_ a: Double, _ b: Double, exponent: Double) -> Double {
    let larger = max(a, b)
    guard larger > 0 else { return 0 }
    return larger * pow(1 + pow(min(a, b) / larger, exponent), 1 / exponent)
  }
}
