import Diagnostics
import Foundation

/// Expert kernels as they were measured on a GPU, in one format.
///
///     T = max(floor, launch + slotLatency · slots + sort + (memory^p + math^p)^(1/p) + visits + tokens)
///     memory = touched experts · 3 · hidden · intermediate · weight bytes / (hbm · efficiency)
///     math   = 6 · hidden · intermediate · padded visits / (peak · efficiency)
///     visits = V · (visit + visitTraffic · (hidden · (4 + a) + intermediate · (8 + 2a)) / hbm)
///     tokens = M · tokenTraffic · hidden · (4 + a) / hbm
///     sort   where M > 256
///
/// V: visits on the rank. M: different tokens on it. a: bytes of an activation value. Weights and arithmetic of the GEMMs
/// overlap; quantising, permuting and summing up are kernels of their own, which take their time per visit and per token.
/// docs/models.md says which measurement made each term necessary.
struct MeasuredExperts: ExpertModel {
  let mathRate: Double
  let memoryRate: Double
  let flopsPerVisit: Double
  private let kernel: ExpertKernel
  private let expertBytes: Double
  private let visit: Double
  private let token: Double
  /// Microseconds of a token's hidden state, and of its activations in one expert, in `visit`.
  private let visitParts: (hidden: Double, intermediate: Double)
  /// Operations per microsecond where the rank has few tokens.
  private let smallMathRate: Double?
  /// Of each expert of the layer, on average.
  private let visitsPerToken: Double

  init(_ kernel: ExpertKernel, format: ExpertFormat, gpu: GPU, model: ModelShape) {
    self.kernel = kernel
    let (hidden, intermediate) = (Double(model.hidden), Double(model.expertIntermediate))
    let peak = format.peakRate(of: gpu)
    mathRate = peak * kernel.mathEfficiency
    smallMathRate = kernel.smallMathEfficiency.map { peak * $0 }
    visitsPerToken = Double(model.topK + model.fusedExperts) / Double(model.experts + model.fusedExperts)
    memoryRate = gpu.hbm * kernel.hbmEfficiency
    flopsPerVisit = 6 * hidden * intermediate
    expertBytes = model.expertParameters * format.weightBytes
    let activation = format.activationBytes
    visit =
      kernel.visit + kernel.visitTraffic * (hidden * (4 + activation) + intermediate * (8 + 2 * activation)) / gpu.hbm
    visitParts = (
      kernel.visitTraffic * hidden * (4 + activation) / gpu.hbm,
      kernel.visitTraffic * intermediate * (8 + 2 * activation) / gpu.hbm
    )
    token = kernel.tokenTraffic * hidden * (4 + activation) / gpu.hbm
  }

  func tile(tokens: Double, isDecode: Bool) -> Double? { kernel.tile.rows(tokens: tokens) }

  func cost(of load: RankLoad, isDecode: Bool) -> ExpertCost {
    let memory = load.touched * expertBytes / memoryRate
    let math = load.padded * flopsPerVisit / rate(load)
    let beside = load.visits * visit + load.tokens * token
    let fixed =
      kernel.launch + kernel.slotLatency * load.slots + (load.tokens > ExpertKernel.sortedAtOnce ? kernel.sort : 0)
    let paced = fixed + Roofline.smoothMaximum(memory, math, exponent: kernel.smoothness) + beside
    return ExpertCost(
      time: max(kernel.floor, paced), memory: memory + beside, math: math,
      usefulMath: load.visits * flopsPerVisit / mathRate, touchedExperts: load.touched,
      fixed: paced < kernel.floor ? kernel.floor : fixed)
  }

  func denseCost(experts: Double, tokens: Double, isDecode: Bool) -> ExpertCost {
    let memory = experts * expertBytes / memoryRate
    let padded = experts * RankLoad.padded(tokens, tile: tile(tokens: tokens, isDecode: isDecode))
    let math = padded * flopsPerVisit / (tokens < ExpertKernel.fewVisits ? smallMathRate ?? mathRate : mathRate)
    let beside = tokens * (kernel.visit + visitParts.hidden + experts * visitParts.intermediate)
    return ExpertCost(
      time: kernel.launch + Roofline.smoothMaximum(memory, math, exponent: kernel.smoothness) + beside,
      memory: memory + beside, math: math, usefulMath: experts * tokens * flopsPerVisit / mathRate,
      touchedExperts: experts, fixed: kernel.launch)
  }

  func layerCost(_ slowest: ExpertCost, batch: Double, isDecode: Bool) -> ExpertCost { slowest }

  func marginalCost(of load: RankLoad, isDecode: Bool) -> MarginalExpertCost {
    let memory = load.touched * expertBytes / memoryRate
    let math = load.padded * flopsPerVisit / rate(load)
    let power = kernel.smoothness - 1
    let kernels = max(
      Roofline.smoothMaximum(memory, math, exponent: kernel.smoothness), .leastNormalMagnitude)
    return MarginalExpertCost(
      touched: pow(memory / kernels, power) * expertBytes / memoryRate, visit: visit,
      paddedToken: pow(math / kernels, power) * flopsPerVisit / rate(load),
      tile: kernel.tile.rows(tokens: load.meanTokens) ?? 0,
      free: max(0, kernel.floor - kernel.launch))
  }

  private func rate(_ load: RankLoad) -> Double {
    guard let smallMathRate, load.tokens * visitsPerToken < ExpertKernel.fewVisits else { return mathRate }
    return smallMathRate
  }
}
