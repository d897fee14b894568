import Diagnostics
import Foundation
import PerformanceModel
import Testing

@Suite struct ServingModelTests {
  static func cluster() -> Cluster {
    var cluster = PortModelTests.cluster(ranks: 4, ranksPerNode: 4, copies: .dedup)
    cluster.gpu = GPU(memory: 8e10, hbm: 3e6, bf16: 1e9, hbmEfficiency: 1, mathEfficiency: 1, smoothness: 1)
    return cluster
  }

  static func model() throws -> ModelShape {
    var model = ExpertComputeTests.model
    model.layers = 3
    model.moeLayers = 2
    model.denseIntermediate = 4096
    model.attention = AttentionShape(heads: 16, headSize: 64, keyValueHeads: 4)
    return model
  }

  @Test("Latent attention has the parameters of DeepSeek-V3's report")
  func latentParameters() {
    let attention = AttentionShape(heads: 128, headSize: 128, latent: 512, rotary: 64, queryRank: 1536)
    let queries = 7168 * 1536 + 1536 * 128 * 192
    let keys = 7168 * 576 + 512 * 128 * 256
    #expect(attention.parameters(hidden: 7168) == Double(queries + keys + 128 * 128 * 7168))
    #expect(attention.keptValues == 576)
  }

  @Test("Grouped-query attention keeps its key-value heads")
  func groupedParameters() {
    let attention = AttentionShape(heads: 32, headSize: 128, keyValueHeads: 8)
    #expect(attention.parameters(hidden: 4096) == Double(4096 * 128 * 48 + 4096 * 4096))
    #expect(attention.keptValues == 2048)
    #expect(attention.scoreFlops(isDecode: true) == 4 * 4096)
  }

  @Test(
    "A step is its MoE layers, its attention and its dense layers; utilisations stay below one",
    arguments: [true, false])
  func step(isDecode: Bool) throws {
    let serving = try ServingModel(cluster: Self.cluster(), model: Self.model(), context: 1000)
    let estimate = try #require(
      serving.estimate(
        steps: 10, tokens: 640, moeTime: 5000, twoBatchTime: 7000, touchedExperts: 80, replayedLayers: 1,
        isDecode: isDecode))
    let attention = serving.attentionTime(tokens: 16, isDecode: isDecode)
    let dense = serving.denseTime(tokens: 16, isDecode: isDecode)
    #expect(abs(estimate.stepTime - (2 * 500 + 3 * attention + dense)) < 1e-9)
    let twoBatch: Double = 2 * 700 + attention + dense
    let rate: Double = 64 / twoBatch * 1e6
    #expect(abs(estimate.twoBatch.stepTime - twoBatch) < 1e-9)
    #expect(abs(estimate.twoBatch.tokensPerSecond - rate) < 1e-6)
    #expect(abs(estimate.tokensPerSecond - 64 / estimate.stepTime * 1e6) < 1e-6)
    #expect((estimate.timePerOutputToken != nil) == isDecode)
    #expect((0...1).contains(estimate.flopUtilisation))
    #expect((0...1).contains(estimate.memoryUtilisation ?? 0))
  }

  @Test("S-MBU and S-MFU are their definitions, written out")
  func utilisations() throws {
    let serving = try ServingModel(cluster: Self.cluster(), model: Self.model(), context: 1000)
    let estimate = try #require(
      serving.estimate(
        steps: 1, tokens: 64, moeTime: 1000, twoBatchTime: 900, touchedExperts: 20, replayedLayers: 2, isDecode: true))
    let attention = Double(1024 * 64 * (16 + 8) + 1024 * 1024)
    let dense = Double(3 * 1024 * 4096)
    let weights: Double = 4 * 2 * (3 * attention + dense)
    let experts = Double(20 * 3 * 1024 * 512 * 2)
    let cache = Double(64 * 1000 * 512 * 2 * 3)
    let bytes: Double = weights + experts + cache
    let utilisation: Double = bytes / (4 * 3e6 * estimate.stepTime)
    #expect(abs((estimate.memoryUtilisation ?? 0) - utilisation) < 1e-12)
    let scores = Double(3 * 1000 * 4 * 1024)
    let router = Double(2 * 2 * 1024 * 8)
    let routed = Double(2 * 2 * 2 * 3 * 1024 * 512)
    let flops: Double = 6 * attention + scores + router + routed + 2 * dense
    #expect(serving.flopsPerToken(isDecode: true) == flops)
    let flopUtilisation: Double = 64 * flops / (4e9 * estimate.stepTime)
    #expect(abs(estimate.flopUtilisation - flopUtilisation) < 1e-12)
  }

  @Test("Longer contexts never take less time", arguments: [true, false])
  func contexts(isDecode: Bool) throws {
    let times = try [1, 100, 10_000, 1_000_000].map {
      try ServingModel(cluster: Self.cluster(), model: Self.model(), context: $0)
        .attentionTime(tokens: 8, isDecode: isDecode)
    }
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("What the files do not say is a usage error")
  func missing() throws {
    var model = try Self.model()
    model.denseIntermediate = nil
    #expect(throws: InputError.self) { try ServingModel(cluster: Self.cluster(), model: model, context: 1) }
    model = try Self.model()
    model.attention = nil
    #expect(throws: InputError.self) { try ServingModel(cluster: Self.cluster(), model: model, context: 1) }
  }
}

@Suite struct BottleneckTests {
  @Test(
    "A layer waits for its longest part",
    arguments: [(100.0, 5.0, 5.0, Bottleneck.communication), (10, 9, 3, .memory), (10, 3, 9, .math)])
  func classifies(communication: Double, memory: Double, math: Double, expected: Bottleneck) {
    let experts = ExpertCost(time: 20, memory: memory, math: math)
    #expect(Bottleneck(communication: communication, experts: experts) == expected)
  }
}

@Suite struct AttentionModelTests {
  @Test("A model that does not describe its attention has four projections of hidden × hidden")
  func unknownShape() throws {
    var model = try ServingModelTests.model()
    model.attention = nil
    let gpu = try #require(ServingModelTests.cluster().gpu)
    let attention = AttentionModel(gpu: gpu, model: model, context: nil)
    let hidden = Double(model.hidden)
    let memory = (4 * hidden * hidden * 2 + 64 * 2 * 2 * hidden) / 3e6
    let math = 64 * 8 * hidden * hidden / 1e9
    #expect(abs(attention.time(tokens: 64, isDecode: false) - (gpu.launch + memory + math)) < 1e-9)
    #expect(attention.time(tokens: 0, isDecode: false) == 0)
  }

  @Test("What a token attends to costs time, and serving takes the same time", arguments: [true, false])
  func context(isDecode: Bool) throws {
    let model = try ServingModelTests.model()
    let cluster = ServingModelTests.cluster()
    let gpu = try #require(cluster.gpu)
    let unknown = AttentionModel(gpu: gpu, model: model, context: nil).time(tokens: 16, isDecode: isDecode)
    let known = AttentionModel(gpu: gpu, model: model, context: 1000).time(tokens: 16, isDecode: isDecode)
    #expect(unknown < known)
    let serving = try ServingModel(cluster: cluster, model: model, context: 1000)
    #expect(serving.attentionTime(tokens: 16, isDecode: isDecode) == known)
  }
}
