import Foundation
import PerformanceModel
import Randomness
import Testing

@Suite struct ExpertComputeTests {
  static let model = ModelShape(
    name: "test", layers: 1, moeLayers: 1, experts: 8, topK: 2, hidden: 1024, expertIntermediate: 512, weights: .bf16,
    payload: Payload(dispatchBytes: 2048, combineBytes: 2048))
  static let gpu = GPU(
    memory: 8e10, hbm: 3e6, bf16: 1e9, hbmEfficiency: 1, mathEfficiency: 1, launch: 6, decodeLaunch: 10, tile: 128,
    smoothness: 1.5)

  static func time(_ tokens: [Double], slotsPerRank: Int, model: ModelShape = model, isDecode: Bool) -> Double {
    ExpertCompute(gpu: gpu, model: model)
      .layerTime(slotTokens: tokens.span, slotsPerRank: slotsPerRank, tokensPerRank: 100, isDecode: isDecode)
  }

  @Test("The formula is the smooth maximum of memory and arithmetic time after the launch", arguments: [false, true])
  func formula(isDecode: Bool) {
    let padded = isDecode ? 300.0 : 384
    let weightBytes = 2.0 * 3 * 1024 * 512 * 2
    let activationBytes = 300.0 * (1024 * 4 + 512 * 12)
    let memory = (weightBytes + activationBytes) / 3e6
    let math = padded * 6 * 1024 * 512 / 1e9
    let sum: Double = pow(memory, 1.5) + pow(math, 1.5)
    let launch: Double = isDecode ? 10 : 6
    let expected: Double = launch + pow(sum, 1 / 1.5)
    let found = Self.time([100, 200, 0, 0], slotsPerRank: 4, isDecode: isDecode)
    #expect(abs(found - expected) <= 1e-12 * expected)
  }

  /// A token of a prefill is padded to a tile of 128; its weights are read all the same.
  @Test("Padding is executed and of no use", arguments: [false, true])
  func usefulIntensity(isDecode: Bool) {
    let compute = ExpertCompute(gpu: Self.gpu, model: Self.model)
    let cost = compute.rankCost(slotTokens: [1.0].span, tokensPerRank: 0, isDecode: isDecode)
    let flops = Double(6 * 1024 * 512)
    let bytes = Double(3 * 1024 * 512 * 2 + 1024 * 4 + 512 * 12)
    #expect(abs(compute.usefulIntensity(cost) - flops / bytes) < 1e-9)
    #expect(abs(compute.intensity(cost) - (isDecode ? 1 : 128) * flops / bytes) < 1e-9)
    #expect(abs((compute.flopsPerSecond(cost) ?? 0) - flops / cost.time * 1e6) < 1e-3)
  }

  @Test("The layer waits for its slowest rank")
  func slowest() {
    let slow = Self.time([0, 500], slotsPerRank: 2, isDecode: true)
    #expect(Self.time([10, 10, 0, 500, 20, 30], slotsPerRank: 2, isDecode: true) == slow)
  }

  /// Many loads share a place of the table; batches and phases alternate.
  @Test("A load that was seen before takes what it took", arguments: [0, 1])
  func known(sharedExperts: Int) {
    var model = Self.model
    model.sharedExperts = sharedExperts
    let compute = ExpertCompute(gpu: Self.gpu, model: model)
    var random = SeededGenerator(seed: 5)
    var known = RankTimeTable()
    for layer in 0..<400 {
      let slots = (0..<64).map { _ in Double(random.below(3) == 0 ? 0 : random.below(9 + layer)) }
      let (tokensPerRank, isDecode) = (Double(100 * (layer % 2)), layer % 3 == 0)
      let cost = compute.layerCost(
        slotTokens: slots.span, slotsPerRank: 4, tokensPerRank: tokensPerRank, isDecode: isDecode, known: &known)
      #expect(
        cost
          == compute.layerCost(
            slotTokens: slots.span, slotsPerRank: 4, tokensPerRank: tokensPerRank, isDecode: isDecode))
    }
  }

  @Test("A rank without tokens takes no time")
  func idle() { #expect(Self.time([0, 0], slotsPerRank: 1, isDecode: false) == 0) }

  @Test("More tokens never take less time, nor do more touched experts", arguments: [false, true])
  func monotone(isDecode: Bool) {
    let times = stride(from: 1.0, through: 2000, by: 37).map {
      Self.time([$0, 0], slotsPerRank: 2, isDecode: isDecode)
    }
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(
      Self.time([128, 128], slotsPerRank: 2, isDecode: isDecode)
        > Self.time([256, 0], slotsPerRank: 2, isDecode: isDecode))
  }

  @Test("With waves, both grouped GEMMs take whole waves of output tiles", arguments: [100.0, 128, 129, 5000])
  func waves(tokens: Double) {
    var gpu = Self.gpu
    gpu.waves = Waves(multiprocessors: 20, columns: 256)
    // 1024 columns of gate and up make 4 tiles per row of tiles, 1024 columns of down 4 more.
    let rows: Double = (tokens / 128).rounded(.up) + 1
    let waves: Double = (rows * 4 / 20).rounded(.up)
    let flopsPerWave = Double(20 * 2 * 128 * 256 * (1024 + 512))
    let expected: Double = waves * flopsPerWave / 1e9
    let cost = Self.cost([tokens, 1], gpu: gpu, isDecode: false)
    #expect(abs(cost.math - expected) <= 1e-12 * expected)
    #expect(cost.math >= Self.cost([tokens, 1], gpu: Self.gpu, isDecode: false).math)
    #expect(cost.memory == Self.cost([tokens, 1], gpu: Self.gpu, isDecode: false).memory)
    #expect(Self.cost([tokens, 1], gpu: gpu, isDecode: true) == Self.cost([tokens, 1], gpu: Self.gpu, isDecode: true))
  }

  @Test("Waves of one multiprocessor with tiles that divide the matrices change nothing")
  func neutralWaves() {
    var gpu = Self.gpu
    gpu.waves = Waves(multiprocessors: 1, columns: 128)
    let plain = Self.cost([300, 1, 0, 77], gpu: Self.gpu, isDecode: false)
    let quantised = Self.cost([300, 1, 0, 77], gpu: gpu, isDecode: false)
    #expect(abs(quantised.math - plain.math) <= 1e-12 * plain.math)
  }

  @Test("Kernels at the ridge point take as long for arithmetic as for memory")
  func ridge() {
    let compute = ExpertCompute(gpu: Self.gpu, model: Self.model)
    let ridge = 1e9 / 3e6
    #expect(compute.ridgePoint == ridge)
    let cost = Self.cost([512], gpu: Self.gpu, isDecode: true)
    let flops = Double(512 * 6 * 1024 * 512)
    let bytes = Double(3 * 1024 * 512 * 2 + 512 * (1024 * 4 + 512 * 12))
    let intensity: Double = compute.ridgePoint * cost.math / cost.memory
    let expected: Double = flops / bytes
    #expect(abs(intensity - expected) < 1e-9)
  }

  @Test("The mean rank waits for the slowest as long as its own kernels take less", arguments: [true, false])
  func waiting(isDecode: Bool) {
    let tokens: [Double] = [900, 100, 700, 300, 0, 0, 5, 2]
    for floor in [0, 40, 1e6] {
      var gpu = Self.gpu
      gpu.prefillFloor = floor
      let compute = ExpertCompute(gpu: gpu, model: Self.model)
      func cost(_ tokens: [Double]) -> ExpertCost {
        compute.layerCost(slotTokens: tokens.span, slotsPerRank: 2, tokensPerRank: 0, isDecode: isDecode)
      }
      let layer = cost(tokens)
      let ranks = stride(from: 0, to: 8, by: 2).map { rank in
        cost((0..<8).map { $0 / 2 == rank / 2 ? tokens[$0] : 0 }).time
      }
      #expect(abs(layer.waiting - (layer.time - ranks.reduce(0, +) / 4)) < 1e-9 * layer.time)
      #expect(layer.waiting >= layer.time / 4 - 1e-9 && layer.waiting < layer.time)
      #expect(cost([5, 6, 5, 6, 5, 6, 5, 6]).waiting < 1e-9)
    }
  }

  static func cost(_ tokens: [Double], gpu: GPU, isDecode: Bool) -> ExpertCost {
    ExpertCompute(gpu: gpu, model: model)
      .layerCost(slotTokens: tokens.span, slotsPerRank: tokens.count, tokensPerRank: 0, isDecode: isDecode)
  }

  @Test("Shared experts add their own weights and tokens")
  func shared() {
    var model = Self.model
    model.sharedExperts = 1
    #expect(
      Self.time([100], slotsPerRank: 1, model: model, isDecode: true)
        == Self.time([100, 100], slotsPerRank: 2, isDecode: true))
  }
}

@Suite struct LayerTimeTests {
  @Test("Overlap moves the total from the sum to the maximum", arguments: [(0.0, 60.0), (0.5, 50), (1, 40)])
  func overlaps(fraction: Double, total: Double) {
    let time = LayerTime(dispatch: 15, experts: 20, combine: 25)
    #expect(time.total(Overlap(fraction: fraction)) == total)
    #expect(time.lower <= time.upper)
  }

  @Test(
    "Derated communication gets less done beside computation",
    arguments: [(1.0, 0.5, 50.0), (1, 0.8, 44), (0.5, 0.5, 55), (0, 0.5, 60)])
  func derates(fraction: Double, derate: Double, total: Double) {
    let time = LayerTime(dispatch: 15, experts: 20, combine: 25)
    #expect(abs(time.total(Overlap(fraction: fraction, derate: derate)) - total) < 1e-12)
  }

  @Test("Long computation hides communication whole, however derated, if there is time for it")
  func hides() {
    let time = LayerTime(dispatch: 4, experts: 100, combine: 4)
    #expect(time.total(Overlap(fraction: 1, derate: 0.5)) == 100)
    #expect(time.total(Overlap(fraction: 1, derate: 0.05)) == 103)
  }

  @Test(
    "Two batches take twice the longer of attention and the MoE part",
    arguments: [(10.0, 1.0, 120.0), (70, 1, 140), (10, 0.5, 200)])
  func twoBatches(attention: Double, derate: Double, total: Double) {
    let half = LayerTime(dispatch: 15, experts: 20, combine: 25)
    #expect(half.twoBatchTotal(attention: attention, Overlap(fraction: 0, derate: derate)) == total)
  }
}

@Suite struct MigrationTests {
  @Test("The most loaded port decides, after the latency of the widest level used")
  func ports() throws {
    let cluster = PortModelTests.cluster(ranks: 4, ranksPerNode: 2, copies: .dedup)
    let migration = try Migration(cluster: cluster)
    var bytes = Array(repeating: 0.0, count: 16)
    #expect(migration.time(bytes: bytes) == 0)
    bytes[5] = 1e9
    #expect(migration.time(bytes: bytes) == 0, "bytes that stay are free")
    bytes[1] = 2e6
    #expect(migration.time(bytes: bytes) == 13 + 2e6 / 2e5)
    bytes[2] = 9e5
    bytes[6] = 9e5
    #expect(migration.time(bytes: bytes) == 25 + 1.8e6 / 4.5e4)
  }

  @Test("A packet network streams over its links")
  func mesh() throws {
    let parameters = try #require(PacketCase.all.first).parameters
    let cluster = Cluster(name: "mesh", ranks: 2, ranksPerNode: 2, allToAll: "round-robin", sections: [parameters])
    let time = try Migration(cluster: cluster).time(bytes: [7, 600, 400, 7])
    #expect(abs(time - (2000 + 1000 / 0.1)) < 1e-6)
  }
}
