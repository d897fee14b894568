import Foundation

/// Expert kernels by the roofline of what a GPU's data sheet says and a fraction of it: grouped GEMM, gate, up and down.
///
///     T = t0 + (t_mem^p + t_math^p)^(1/p)
///     t_math = 6 · padded tokens · hidden · intermediate / math rate
///     t_mem  = (touched experts · expert bytes + token visits · activation bytes) / memory rate
///
/// A fit of DeepGEMM measurements on H800 gave the form and p = 1.5. In prefill each touched expert's tokens are rounded
/// up to the tile, and `waves` fill up with idle multiprocessors where the cluster file gives them; a layer takes at least
/// `prefillFloor`, and `batchToken` for each token of the whole batch, where a cluster file gives these.
///
/// Activation bytes of a visit: the first GEMM reads `hidden` values in the math format and writes 2·intermediate in bf16;
/// the activation reads these and writes `intermediate` in the math format; the second GEMM reads them and writes
/// `hidden` in bf16. The math format is fp8 for fp8 weights on a GPU that has it, else bf16.
struct RooflineExperts: ExpertModel {
  let mathRate: Double
  let memoryRate: Double
  let flopsPerVisit: Double
  private let gpu: GPU
  private let model: ModelShape
  private let mathBytes: Double
  private let activationBytes: Double

  init(gpu: GPU, model: ModelShape) {
    self.gpu = gpu
    self.model = model
    let (hidden, intermediate) = (Double(model.hidden), Double(model.expertIntermediate))
    mathBytes = model.weights == .fp8 && gpu.fp8 != nil ? 1.0 : 2.0
    mathRate = gpu.peakRate(for: model.weights) * gpu.mathEfficiency
    memoryRate = gpu.hbm * gpu.hbmEfficiency
    flopsPerVisit = 6 * hidden * intermediate
    activationBytes = hidden * (mathBytes + 2) + intermediate * (2 * 2 * 2 + 2 * mathBytes)
  }

  func tile(tokens: Double, isDecode: Bool) -> Double? { isDecode ? nil : Double(gpu.tile) }

  func cost(of load: RankLoad, isDecode: Bool) -> ExpertCost {
    let memory = (load.touched * model.expertBytes + load.visits * activationBytes) / memoryRate
    let math = flops(padded: load.padded, isDecode: isDecode) / mathRate
    let fixed = isDecode ? gpu.decodeLaunch : gpu.launch
    return ExpertCost(
      time: fixed + smoothMaximum(memory, math), memory: memory, math: math,
      usefulMath: load.visits * flopsPerVisit / mathRate, touchedExperts: load.touched, fixed: fixed)
  }

  func denseCost(experts: Double, tokens: Double, isDecode: Bool) -> ExpertCost {
    let (hidden, intermediate) = (Double(model.hidden), experts * Double(model.expertIntermediate))
    let activations = tokens * (hidden * (mathBytes + 2) + intermediate * (2 * 2 * 2 + 2 * mathBytes))
    let padded = RankLoad.padded(tokens, tile: tile(tokens: tokens, isDecode: isDecode))
    let memory = (experts * model.expertBytes + activations) / memoryRate
    let math = flops(padded: padded, experts: experts, isDecode: isDecode) / mathRate
    let fixed = isDecode ? gpu.decodeLaunch : gpu.launch
    return ExpertCost(
      time: fixed + smoothMaximum(memory, math), memory: memory, math: math,
      usefulMath: experts * tokens * flopsPerVisit / mathRate, touchedExperts: experts, fixed: fixed)
  }

  func layerCost(_ slowest: ExpertCost, batch: Double, isDecode: Bool) -> ExpertCost {
    guard !isDecode, slowest.time > 0 else { return slowest }
    var cost = slowest
    let paced = slowest.time + gpu.batchToken * batch
    if paced < gpu.prefillFloor { cost.fixed = gpu.prefillFloor }
    cost.time = max(gpu.prefillFloor, paced)
    return cost
  }

  func marginalCost(of load: RankLoad, isDecode: Bool) -> MarginalExpertCost {
    let cost = cost(of: load, isDecode: isDecode)
    let kernels = max(smoothMaximum(cost.memory, cost.math), .leastNormalMagnitude)
    // The derivatives of (mem^p + math^p)^(1/p).
    let memoryWeight = pow(cost.memory / kernels, gpu.smoothness - 1)
    let mathWeight = pow(cost.math / kernels, gpu.smoothness - 1)
    return MarginalExpertCost(
      touched: memoryWeight * model.expertBytes / memoryRate, visit: memoryWeight * activationBytes / memoryRate,
      paddedToken: mathWeight * flopsPerVisit / mathRate, tile: isDecode ? 0 : Double(gpu.tile),
      free: isDecode ? 0 : max(0, gpu.prefillFloor - gpu.launch))
  }

  /// - Parameter experts: that are one matrix, so many times as wide.
  private func flops(padded: Double, experts: Double = 1, isDecode: Bool) -> Double {
    guard let waves = gpu.waves, !isDecode else { return experts * padded * flopsPerVisit }
    return waves.flops(
      padded: padded, tile: Double(gpu.tile), hidden: Double(model.hidden),
      intermediate: experts * Double(model.expertIntermediate))
  }

  private func smoothMaximum(_ a: Double, _ b: Double) -> Double {
    Roofline.smoothMaximum(a, b, exponent: gpu.smoothness)
  }
}
