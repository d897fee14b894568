import Diagnostics
import PerformanceModel
import Testing

/// Batches that one GPU accumulates while experts come from its host, against MoE-Gen's published figures (arXiv
/// 2503.09716) and by hand.
@Suite struct AccumulatedPassTests {
  /// An A5000: 111.1 TFLOP/s dense bf16, 24 GB, PCIe 4.
  private static func cluster(
    efficiency: Double, bandwidth: Double = 32_000, bf16: Double = 111.1e6, memory: Double = 24e9,
    capacity: Double? = 512e9, memoryBandwidth: Double? = nil
  ) -> Cluster {
    var cluster = Cluster(name: "one", ranks: 1, ranksPerNode: 1, allToAll: "none")
    cluster.gpu = GPU(
      memory: memory, hbm: 768_000, bf16: bf16, hbmEfficiency: 1, mathEfficiency: efficiency, launch: 0,
      decodeLaunch: 0, tile: 1, smoothness: 64)
    cluster.storage = Storage([
      .host: StorageDevice(bandwidth: bandwidth, capacity: capacity, memoryBandwidth: memoryBandwidth)
    ])
    return cluster
  }

  private static func mixtral(layers: Int, hidden: Int, intermediate: Int, heads: Int) -> ModelShape {
    var model = ModelShape(
      name: "mixtral", layers: layers, moeLayers: layers, experts: 8, topK: 2, hidden: hidden,
      expertIntermediate: intermediate, weights: .bf16, payload: Payload(dispatchBytes: 1, combineBytes: 1))
    model.attention = AttentionShape(heads: heads, headSize: 128, keyValueHeads: 8)
    return model
  }

  private static let small = mixtral(layers: 32, hidden: 4096, intermediate: 14336, heads: 32)
  private static let large = mixtral(layers: 56, hidden: 6144, intermediate: 16384, heads: 48)

  private static func pass(
    _ cluster: Cluster, _ model: ModelShape = small, context: Int = 512, isDecode: Bool = false
  ) throws -> AccumulatedPass {
    try AccumulatedPass(cluster: cluster, model: model, context: context, isDecode: isDecode)
  }

  @Test func `tokens that hide the link are the published ones`() throws {
    #expect(try abs(Self.pass(Self.cluster(efficiency: 1)).hidingTokens - 3472) < 1)
    #expect(try abs(Self.pass(Self.cluster(efficiency: 0.63)).hidingTokens - 2187) < 1)
    let h100 = Self.cluster(efficiency: 0.7, bandwidth: 55_000, bf16: 989e6)
    #expect(try abs(Self.pass(h100).hidingTokens - 12_587) < 1)
  }

  @Test func `at that many tokens of each expert, arithmetic takes as long as the link`() throws {
    let pass = try Self.pass(Self.cluster(efficiency: 0.63))
    var times = ExpertTimes(pass)
    let tokens = Int(pass.hidingTokens.rounded())
    let time = times.time(of: Array(repeating: tokens, count: 8), microBatch: 4096)
    let none = AccumulatedPass.Residents(experts: 0)
    let ways = pass.moeLayer(fetched: 8, expertTime: time, tokens: 0, cpuShare: 0, none)
    #expect(abs(ways.link / 1e3 - 88.1) < 0.05)
    #expect(abs(ways.gpu / ways.link - 1) < 1e-3)
  }

  /// Prefill of 512 prompt tokens at 63 % of the peak, which is what both Mixtrals reach of it.
  @Test(arguments: [(small, 4409.0, 2790.0), (large, 1443, 907)])
  func `published rates are below the model's bound, at the same part of it`(
    model: ModelShape, bound: Double, published: Double
  ) throws {
    let pass = try Self.pass(Self.cluster(efficiency: 1), model, context: 1)
    var times = ExpertTimes(pass)
    let batch = 1 << 18
    let experts = times.time(of: Array(repeating: batch / 4, count: 8), microBatch: 1 << 13)
    let residents = try #require(pass.residents(microBatch: 1 << 13))
    let ways = pass.moeLayer(
      fetched: 8 - residents.experts, expertTime: experts, tokens: Double(batch), cpuShare: 0, residents)
    #expect(ways.longest == ways.gpu)
    let rate = Double(batch) / (ways.longest * Double(model.layers)) * 1e6
    #expect(abs(rate / bound - 1) < 0.01)
    #expect(published < rate && abs(published / rate - 0.63) < 0.01)
  }

  private static let latent: ModelShape = {
    var model = ModelShape(
      name: "deepseek-v2", layers: 60, moeLayers: 59, experts: 160, topK: 6, hidden: 5120, expertIntermediate: 1536,
      weights: .bf16, payload: Payload(dispatchBytes: 1, combineBytes: 1))
    model.sharedExperts = 2
    model.denseIntermediate = 12288
    model.attention = AttentionShape(heads: 128, headSize: 128, latent: 512, rotary: 64, queryRank: 1536)
    return model
  }()

  /// Decode of 512 prompt tokens and an output at best: all weights but the 20 GB that stay on the GPU pass the link once
  /// for as many sequences as 512 GB hold beside them. Here embeddings and the output head count, of so many words.
  @Test(arguments: [
    (small, 32_000, 256, 1900.0, 469.0), (small, 32_000, 1024, 950, 283), (large, 32_768, 256, 175, 91),
    (large, 32_768, 1024, 87, 57), (latent, 102_400, 256, 80, 49), (latent, 102_400, 1024, 40, 16),
  ])
  func `published rates of decode are below what the link allows, and so is the pass`(
    model: ModelShape, words: Int, output: Int, bound: Double, published: Double
  ) throws {
    let (context, host, link) = (512 + output, 512e9, 32e9)
    let embedded = Double(2 * words * model.hidden) * 2
    let streamed = MemoryAccount(model: model, slotsPerRank: Double(model.experts)).total + embedded - 20e9
    let sequence = try #require(model.attention).keptValues * 2 * Double(model.layers * context)
    let rate = (host - streamed) / sequence / (streamed / link)
    #expect(abs(rate / bound - 1) < 0.012 && published < rate)
    let pass = try Self.pass(Self.cluster(efficiency: 1), model, context: context, isDecode: true)
    let sequences = try #require(pass.mostTokens).rounded(.down)
    let residents = try #require(pass.residents(microBatch: 1 << 10))
    let layer = pass.moeLayer(
      fetched: model.experts - residents.experts, expertTime: 0, tokens: sequences, cpuShare: 0, residents)
    #expect(sequences / (layer.longest * Double(model.layers)) * 1e6 < rate)
  }

  @Test func `micro-batches are run one after another`() throws {
    let pass = try Self.pass(Self.cluster(efficiency: 1))
    var times = ExpertTimes(pass)
    let expected = 2 * pass.expertTime(tokens: 4) + pass.expertTime(tokens: 1) + pass.expertTime(tokens: 2)
    #expect(times.time(of: [9, 0, 2], microBatch: 4) == expected)
  }

  /// 24 GB less two experts of 352 MB and 16 × (4096 + 14336) × 2 bytes; attention of all layers is 2.68 GB.
  @Test func `the GPU keeps attention, and then experts of every layer`() throws {
    let pass = try Self.pass(Self.cluster(efficiency: 1))
    let residents = try #require(pass.residents(microBatch: 16))
    let attention: Double = 64 * 4096 * 10240
    let room: Double = 24e9 - 704_643_072 - 589_824 - attention
    let ofALayer: Double = 32 * 352_321_536
    #expect(residents.missing == 0 && residents.experts == Int(room / ofALayer))
    #expect(residents.bytes <= 24e9)
    let tight = try Self.pass(Self.cluster(efficiency: 1, memory: 2e9))
    let few = try #require(tight.residents(microBatch: 1))
    let held: Double = 2e9 - 704_643_072 - 36_864
    #expect(few.experts == 0 && abs(few.missing - attention + held) < 1)
    #expect(tight.residents(microBatch: 1 << 16) == nil)
  }

  @Test func `keys and values cross the link, or are read by the host's cores`() throws {
    let pass = try Self.pass(Self.cluster(efficiency: 1, memoryBandwidth: 100_000), context: 1000, isDecode: true)
    #expect(pass.cpuShares == (0...8).map { Double($0) / 8 })
    let all = AccumulatedPass.Residents(experts: 8)
    // 10 sequences × 1000 tokens × 8 heads × 256 values × 2 bytes, in bytes per microsecond.
    let kept = 10.0 * 1000 * 2048 * 2
    let ways = pass.moeLayer(fetched: 0, expertTime: 7, tokens: 10, cpuShare: 0.25, all)
    #expect(abs(ways.link - 0.75 * kept / 32_000) < 1e-9 && abs(ways.cpu - 0.25 * kept / 100_000) < 1e-9)
    #expect(pass.firstFetch(all) == 0)
    #expect(try Self.pass(Self.cluster(efficiency: 1, memoryBandwidth: 100_000)).cpuShares == [0])
    #expect(try Self.pass(Self.cluster(efficiency: 1), isDecode: true).cpuShares == [0])
  }

  @Test func `a host that is missing or too small is refused`() throws {
    var bare = Self.cluster(efficiency: 1)
    bare.storage = nil
    #expect(throws: InputError.self) { try Self.pass(bare) }
    // The weights are 92.9 GB, and a sequence of 1,000 tokens keeps 131 MB.
    #expect(throws: InputError.self) { try Self.pass(Self.cluster(efficiency: 1, capacity: 92e9)) }
    let just = Self.cluster(efficiency: 1, capacity: 93e9)
    #expect(throws: Never.self) { try Self.pass(just, context: 1000) }
    #expect(throws: InputError.self) { try Self.pass(just, context: 1_000_000, isDecode: true) }
  }
}
