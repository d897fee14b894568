import Diagnostics
import Foundation
import PerformanceModel
import Randomness
import Testing

/// Shared experts in the routed experts' kernels or in their own: times against sums written down rank by rank.
@Suite struct SharedExpertFusionTests {
  private static func model(_ fusion: SharedExpertFusion?, shared: Int = 2) -> ModelShape {
    var model = ModelShape(
      name: "m", layers: 1, moeLayers: 1, experts: 12, sharedExperts: shared, topK: 2, hidden: 1000,
      expertIntermediate: 500, weights: .bf16, payload: Payload(dispatchBytes: 1, combineBytes: 1))
    model.sharedExpertFusion = fusion
    return model
  }

  private static func measured(_ model: ModelShape) throws -> ExpertCompute {
    let cluster = try Cluster(
      settings: Settings(
        parsing: """
          name: t
          ranks: 4
          ranksPerNode: 4
          allToAll: port
          scaleUp: {bandwidth: 100 GB/s}
          gpu: {memory: 80 GB, hbm: 1 TB/s, bf16: 1000 TFLOP/s}
          experts:
            tokens: arrived
            bf16: {launch: 7 us, slotLatency: 1 us, floor: 60 us, hbm: 0.8, math: 0.5, smallMath: 0.25, visit: 10 ns,
              visitTraffic: 2, tokenTraffic: 3, sort: 5 us, tile: {0: 16, 20: 64}, smoothness: 2}
          """, name: "t.yaml"))
    return try #require(try cluster.expertCompute(of: model))
  }

  /// Kernels that know the experts of a rank by their tokens alone: of the layer's `topK` of `experts`.
  private static func grouped(_ groups: [Double], tokens: Double, mean: Double, told: Double) -> Double {
    let tile = mean < 20 ? 16.0 : 64
    let memory = Double(groups.count { $0 > 0 }) * 3e6 / 0.8e6
    let math =
      groups.reduce(0) { $0 + ($1 / tile).rounded(.up) * tile } * 3e6 / (tokens * told < 32 ? 0.25e9 : 0.5e9)
    let visits = groups.reduce(0, +) * (0.010 + 2 * (1000 * 6 + 500 * 12) / 1e6)
    let fixed = 7 + Double(groups.count) + (tokens > 256 ? 5 : 0)
    return max(60, fixed + (memory * memory + math * math).squareRoot() + visits + tokens * 3 * 6000 / 1e6)
  }

  /// One feed-forward part, twice as wide.
  private static func dense(_ tokens: Double) -> Double {
    let tile = tokens < 20 ? 16.0 : 64
    let memory = 6e6 / 0.8e6
    let math = (tokens / tile).rounded(.up) * tile * 6e6 / (tokens < 32 ? 0.25e9 : 0.5e9)
    let visits = tokens * (0.010 + 2 * (1000 * 6 + 1000 * 12) / 1e6)
    return 7 + (memory * memory + math * math).squareRoot() + visits
  }

  private static func near(_ found: Double, _ expected: Double) -> Bool { abs(found - expected) < 1e-9 * expected }

  @Test(arguments: SharedExpertFusion.allCases, [1.0, 6, 30, 300])
  func `a layer takes what its slowest rank adds up to`(fusion: SharedExpertFusion, tokens: Double) throws {
    let compute = try Self.measured(Self.model(fusion))
    for seed in 0..<20 {
      var random = SeededGenerator(seed: UInt64(seed))
      let slots = (0..<12).map { _ in Double(random.below(Int(tokens) + 1)) }
      let arrived = (0..<4).map { rank in (slots[rank * 3..<rank * 3 + 3].max() ?? 0) + 1 }
      let mean = slots.reduce(0, +) / 12
      let ranks = (0..<4).map { rank in
        let own = Array(slots[rank * 3..<rank * 3 + 3])
        guard fusion.isFused else {
          let routed =
            own.reduce(0, +) > 0 ? Self.grouped(own, tokens: arrived[rank], mean: mean, told: 2.0 / 12) : 0
          return (routed: routed, shared: Self.dense(tokens))
        }
        let all = own + [tokens, tokens]
        return (
          Self.grouped(all, tokens: arrived[rank], mean: (mean * 3 + 2 * tokens) / 5, told: 4.0 / 14), 0
        )
      }
      var cost = compute.layerCost(
        slotTokens: slots.span, slotsPerRank: 3, tokensPerRank: tokens, arrived: arrived, isDecode: true)
      let expected = ranks.map { $0.routed + $0.shared }.max() ?? 0
      #expect(Self.near(cost.time, expected))
      #expect(abs(cost.waiting - (cost.time - ranks.reduce(0) { $0 + $1.routed + $1.shared } / 4)) < 1e-6)
      #expect(cost.touchedExperts == Double(slots.count { $0 > 0 }) + 8)
      // Beside a dispatch of 10 us, and one without end.
      cost.hide(behind: 10)
      let hidden = fusion == .besideDispatch ? min(10, Self.dense(tokens)) : 0
      #expect(Self.near(cost.time, expected - hidden))
      let times = compute.rankTimes(
        slotTokens: slots.span, slotsPerRank: 3, tokensPerRank: tokens, arrived: arrived, dispatch: 10, isDecode: true)
      #expect(zip(times, ranks).allSatisfy { Self.near($0, $1.routed + $1.shared - hidden) })
      cost.hide(behind: .infinity)
      #expect(Self.near(cost.time, fusion == .besideDispatch ? expected - Self.dense(tokens) : expected))
    }
  }

  /// Without tiles, floors or small kernels, what is told of kernels is no matter: one launch less, and nothing else,
  /// where a rank reads from memory alone.
  @Test func `fused by a roofline is as without a word, and apart costs a launch`() {
    func cost(_ fusion: SharedExpertFusion?) -> ExpertCost {
      ExpertCompute(gpu: ExpertComputeTests.gpu, model: Self.model(fusion, shared: 1))
        .layerCost(slotTokens: [5.0, 9, 0, 3].span, slotsPerRank: 2, tokensPerRank: 4, isDecode: true)
    }
    #expect(cost(.home) == cost(nil) && cost(.follow) == cost(nil))
    #expect(Self.near(cost(.apart).memory, cost(nil).memory) && cost(.apart).fixed == cost(nil).fixed + 10)
    #expect(cost(.apart).time > cost(nil).time + 10 - 1e-9)
    #expect(cost(.apart).besideDispatch == 0)
    let beside = cost(.besideDispatch)
    #expect(beside.time == cost(.apart).time && beside.besideDispatch > 10)
  }

  @Test func `a rank that nobody visits computes its own tokens' shared experts`() throws {
    for fusion in [SharedExpertFusion.apart, .besideDispatch] {
      let cost = try Self.measured(Self.model(fusion)).layerCost(
        slotTokens: [0.0, 0, 0, 0].span, slotsPerRank: 1, tokensPerRank: 50, isDecode: true)
      #expect(Self.near(cost.time, Self.dense(50)) && abs(cost.waiting) < 1e-9)
      let idle = try Self.measured(Self.model(fusion)).layerCost(
        slotTokens: [0.0, 0, 0, 0].span, slotsPerRank: 1, tokensPerRank: 0, isDecode: true)
      #expect(idle == ExpertCost())
    }
  }

  @Test func `a file says it by name, of shared experts that there are`() throws {
    func model(_ lines: String) throws(InputError) -> ModelShape {
      try ModelShape(
        settings: Settings(
          parsing: """
            name: m
            layers: 1
            experts: 8
            topK: 2
            hidden: 1024
            expertIntermediate: 512
            weights: bf16
            dispatch: {dtype: bf16}
            combine: none
            \(lines)
            """, name: "m.yaml"))
    }
    #expect(try model("sharedExperts: 1").sharedExpertFusion == nil)
    for fusion in SharedExpertFusion.allCases {
      #expect(try model("sharedExperts: 1\nsharedExpertFusion: \(fusion.rawValue)").sharedExpertFusion == fusion)
    }
    let none = #expect(throws: InputError.self) { try model("sharedExpertFusion: home") }
    #expect(
      none?.description
        == "m.yaml: line 10: sharedExpertFusion: of no shared experts; sharedExperts says how many there are")
    let unknown = #expect(throws: InputError.self) { try model("sharedExperts: 1\nsharedExpertFusion: folow") }
    #expect(unknown?.description.contains("did you mean 'follow'?") == true)
  }
}
