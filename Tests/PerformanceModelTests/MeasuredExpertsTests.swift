import Diagnostics
import Foundation
import PerformanceModel
import Testing

@Suite struct MeasuredExpertsTests {
  /// 1e6 bytes and 1e9 operations per microsecond.
  private static let gpu = GPU(memory: 8e10, hbm: 1e6, bf16: 1e9, fp8: 2e9)
  private static func model(_ weights: DataType = .bf16, shared: Int = 0) -> ModelShape {
    ModelShape(
      name: "m", layers: 1, moeLayers: 1, experts: 8, sharedExperts: shared, topK: 2, hidden: 1000,
      expertIntermediate: 500, weights: weights, payload: Payload(dispatchBytes: 1, combineBytes: 1))
  }

  private static func compute(
    _ figures: String, format: String = "bf16", model: ModelShape = model(), tokens: String = "arrived"
  ) throws -> ExpertCompute {
    let cluster = try Cluster(
      settings: Settings(
        parsing: """
          name: t
          ranks: 2
          ranksPerNode: 2
          allToAll: port
          scaleUp: {bandwidth: 100 GB/s}
          gpu: {memory: 80 GB, hbm: 1 TB/s, bf16: 1000 TFLOP/s, fp8: 2000 TFLOP/s}
          experts: {tokens: \(tokens), \(format): {\(figures)}}
          """, name: "t.yaml"))
    return try #require(try cluster.expertCompute(of: model))
  }

  private static func time(
    _ compute: ExpertCompute, _ tokens: [Double], arrived: [Double]? = nil, perRank: Double = 0
  ) -> Double {
    compute.layerTime(
      slotTokens: tokens.span, slotsPerRank: tokens.count / 2, tokensPerRank: perRank, arrived: arrived, isDecode: false
    )
  }

  @Test("Weights and arithmetic overlap, visits and tokens add, and the slowest rank counts")
  func formula() throws {
    let compute = try Self.compute(
      "launch: 7 us, hbm: 0.8, math: 0.5, visit: 10 ns, visitTraffic: 2, tokenTraffic: 3, smoothness: 2")
    // Two experts with 100 and 60 tokens on the second rank.
    let (expertBytes, expertFlops): (Double, Double) = (3e6, 3e6)
    let memory = 2 * expertBytes / 0.8e6
    let math = 160 * expertFlops / 0.5e9
    let visitBytes: Double = 2 * (1000 * 6 + 500 * 12)
    let visits = 160 * (0.010 + visitBytes / 1e6)
    let tokens = 120 * 18_000 / 1e6
    let expected = 7 + (memory * memory + math * math).squareRoot() + visits + tokens
    let found = Self.time(compute, [10, 0, 100, 60], arrived: [10, 120])
    #expect(abs(found - expected) < 1e-9 * expected)
  }

  @Test("Every rank handles the whole batch where its kernels do")
  func batch() throws {
    let figures = "hbm: 1, math: 1, tokenTraffic: 1"
    let arrived = try Self.time(Self.compute(figures), [8, 8, 0, 0], arrived: [8, 0], perRank: 100)
    let batch = try Self.time(Self.compute(figures, tokens: "batch"), [8, 8, 0, 0], arrived: [8, 0], perRank: 100)
    #expect(abs(batch - arrived - 192.0 * 1000 * 6 / 1e6) < 1e-9)
  }

  @Test("Sorting takes its time from 257 tokens on, and no layer undercuts the floor")
  func steps() throws {
    let sorted = try Self.compute("hbm: 1, math: 1, sort: 9 us")
    let few = Self.time(sorted, [256, 0, 0, 0], arrived: [256, 0])
    let many = Self.time(sorted, [256, 0, 0, 0], arrived: [257, 0])
    #expect(abs(many - few - 9) < 1e-9)
    #expect(try Self.time(Self.compute("hbm: 1, math: 1, floor: 500 us"), [1, 0, 0, 0]) == 500)
  }

  @Test("Whole tiles are charged, of rows by the tokens of an expert on average")
  func tiles() throws {
    let plain = "hbm: 1, math: 0.01, smoothness: 64"
    func time(_ tile: String, _ tokens: [Double]) throws -> Double {
      try Self.time(Self.compute("\(plain), tile: \(tile)"), tokens)
    }
    #expect(try time("64", [1, 0, 0, 0]) == time("1", [64, 0, 0, 0]))
    #expect(try time("{0: 16, 20: 64}", [40, 0, 0, 0]) == time("1", [48, 0, 0, 0]))
    #expect(try time("{0: 16, 20: 64}", [130, 0, 0, 0]) == time("1", [192, 0, 0, 0]))
    #expect(throws: InputError.self) { try time("{8: 16}", [1, 0, 0, 0]) }
  }

  @Test("A rank with few tokens computes in small tiles")
  func smallMath() throws {
    let compute = try Self.compute("hbm: 1, math: 0.1, smallMath: 0.01, smoothness: 64")
    // 2 of 8 experts: 128 tokens make 32 each.
    let few = Self.time(compute, [1000, 0, 0, 0], arrived: [127, 0])
    let many = Self.time(compute, [1000, 0, 0, 0], arrived: [128, 0])
    #expect(abs(few / many - 10) < 1e-6)
  }

  @Test("The math format is the slower of what weights and activations allow")
  func formats() throws {
    let figures = "hbm: 1, math: 0.01, smoothness: 64"
    let mixed = try Self.time(Self.compute(figures, format: "mxfp4-bf16", model: Self.model(.mxfp4)), [4000, 0, 0, 0])
    let wide = try Self.time(Self.compute(figures), [4000, 0, 0, 0])
    let narrow = try Self.time(
      Self.compute(figures, format: "mxfp4-mxfp8", model: Self.model(.mxfp4)), [4000, 0, 0, 0])
    #expect(abs(mixed - wide) < 1e-9 * wide)
    #expect(abs(narrow - wide / 2) < 1e-9 * wide)
  }

  @Test("Weights of mxfp4 take the format that there are figures for; one without figures names those that there are")
  func missing() throws {
    #expect(throws: Never.self) { try Self.compute("hbm: 1, math: 1", format: "mxfp4-bf16", model: Self.model(.mxfp4)) }
    let error = #expect(throws: InputError.self) {
      try Self.compute("hbm: 1, math: 1", format: "fp8-block", model: Self.model(.nvfp4))
    }
    #expect(error?.message == "no expert kernels for nvfp4; there are fp8-block, the closest fp8-block")
    #expect(error?.status == .usage)
  }

  @Test("A planner's marginal cost of an expert is the derivative of its rank's")
  func marginal() throws {
    let compute = try Self.compute("launch: 5 us, hbm: 0.9, math: 0.6, visit: 5 ns, visitTraffic: 1")
    let marginal = compute.marginalCost(slots: 8, tokens: 40, tokensPerRank: 0, isDecode: true)
    func time(_ tokens: Double) -> Double {
      let even = Array(repeating: 1.5 * tokens, count: 8)
      return compute.rankCost(slotTokens: even.span, tokensPerRank: 0, isDecode: true).time
    }
    let step = 1e-3
    let slope = (time(40 + step) - time(40 - step)) / (2 * step) / (8 * 1.5)
    #expect(abs(marginal.visit + marginal.paddedToken - slope) < 1e-6 * slope)
  }
}
