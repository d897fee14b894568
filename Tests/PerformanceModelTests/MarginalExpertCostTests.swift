import Foundation
import PerformanceModel
import Testing

@Suite struct MarginalExpertCostTests {
  private let decode = MarginalExpertCost(touched: 4, visit: 0.03, paddedToken: 0.01, tile: 0, free: 0)
  private let prefill = MarginalExpertCost(touched: 4, visit: 0.03, paddedToken: 0.01, tile: 128, free: 0)

  /// Σ over Poisson's probabilities, one by one.
  private func expectation(_ tokens: Double, _ value: (Int) -> Double) -> Double {
    var probability = exp(-tokens)
    var sum = 0.0
    for count in 0..<2000 {
      sum += probability * value(count)
      probability *= tokens / Double(count + 1)
    }
    return sum
  }

  private func time(_ cost: MarginalExpertCost, _ count: Int) -> Double {
    guard count > 0 else { return 0 }
    let padded = cost.tile > 0 ? (Double(count) / cost.tile).rounded(.up) * cost.tile : Double(count)
    return cost.touched + cost.visit * Double(count) + cost.paddedToken * padded
  }

  @Test(arguments: [0.1, 1, 8, 50, 200, 500]) func isTheExpectationOverPoissonsTokens(tokens: Double) {
    for cost in [decode, prefill] {
      let expected = expectation(tokens) { time(cost, $0) }
      #expect(abs(cost.time(tokens: tokens, rate: 0) - expected) < 0.01 * expected)
    }
  }

  @Test(arguments: [0.1, 1, 8, 50]) func weighsScatterByTheRate(tokens: Double) {
    let expected = log(expectation(tokens) { exp(0.5 * time(decode, $0)) }) / 0.5
    #expect(abs(decode.time(tokens: tokens, rate: 0.5) - expected) < 1e-9 * expected)
    #expect(decode.time(tokens: tokens, rate: 0.5) > decode.time(tokens: tokens, rate: 0))
  }

  /// An expert in a counts trace may have 2^40 tokens.
  @Test(arguments: [0x1p24, 0x1p32, 0x1p40, 0x1p48]) func takesNoLongerForMoreTokens(tokens: Double) {
    // With so many tokens scatter is nothing: all tiles are full but for half of the last.
    let padded = tokens + (prefill.tile - 1) / 2
    let expected = prefill.touched + prefill.visit * tokens + prefill.paddedToken * padded
    #expect(abs(prefill.time(tokens: tokens, rate: 0) / expected - 1) < 1e-9)
    #expect(prefill.time(tokens: tokens, rate: 0.5).isFinite)
    #expect(decode.time(tokens: tokens, rate: 0.5) >= decode.time(tokens: tokens, rate: 0))
  }

  @Test(arguments: [1, 7, 128.0]) func isAsMuchWhetherTilesAreAddedUpOrNot(tile: Double) {
    let cost = MarginalExpertCost(touched: 4, visit: 0.03, paddedToken: 0.01, tile: tile, free: 0)
    // One by one up to 65,536 tiles.
    let (below, above) = (65_536 * tile, 65_536 * tile + tile)
    let step = cost.time(tokens: above, rate: 0) - cost.time(tokens: below, rate: 0)
    #expect(abs(step / ((cost.visit + cost.paddedToken) * tile) - 1) < 1e-4)
  }

  /// One more token on all experts of a rank costs what the kernels' time grows by.
  @Test func isTheSlopeOfTheKernelsTime() throws {
    let gpu = GPU(memory: 80e9, hbm: 3.35e6, bf16: 989e6, fp8: 1978e6)
    let model = ModelShape(
      name: "test", layers: 1, moeLayers: 1, experts: 64, topK: 4, hidden: 4096, expertIntermediate: 1536,
      weights: .bf16, payload: Payload(dispatchBytes: 8192, combineBytes: 8192))
    let compute = ExpertCompute(gpu: gpu, model: model)
    let marginal = compute.marginalCost(slots: 8, tokens: 40, tokensPerRank: 10, isDecode: true)
    func kernels(_ tokens: Double) -> Double {
      let even = Array(repeating: tokens, count: 8)
      return even.withUnsafeBufferPointer {
        compute.rankCost(slotTokens: $0, tokensPerRank: 10, isDecode: true).time
      }
    }
    // Taken at the slowest rank, half as many tokens again.
    let slope = (kernels(61) - kernels(59)) / 2
    #expect(abs(8 * (marginal.visit + marginal.paddedToken) - slope) < 0.001 * slope)
  }
}
