import Diagnostics
import Foundation
import PerformanceModel
import Testing

@Suite struct ExpertComputeTests {
  static let model = ModelShape(
    name: "test", layers: 1, moeLayers: 1, experts: 8, topK: 2, hidden: 1024, expertIntermediate: 512, weights: .bf16,
    payload: Payload(dispatchBytes: 2048, combineBytes: 2048))
  static let gpu = GPU(
    memory: 8e10, hbm: 3e6, bf16: 1e9, hbmEfficiency: 1, mathEfficiency: 1, launch: 6, decodeLaunch: 10, tile: 128,
    smoothness: 1.5)

  static func time(_ tokens: [Double], slotsPerRank: Int, model: ModelShape = model, isDecode: Bool) -> Double {
    tokens.withUnsafeBufferPointer {
      ExpertCompute(gpu: gpu, model: model)
        .layerTime(slotTokens: $0, slotsPerRank: slotsPerRank, tokensPerRank: 100, isDecode: isDecode)
    }
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

  @Test("The layer waits for its slowest rank")
  func slowest() {
    let slow = Self.time([0, 500], slotsPerRank: 2, isDecode: true)
    #expect(Self.time([10, 10, 0, 500, 20, 30], slotsPerRank: 2, isDecode: true) == slow)
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
    let cluster = Cluster(name: "mesh", ranks: 2, ranksPerNode: 2, allToAll: "round-robin", roundRobin: parameters)
    let time = try Migration(cluster: cluster).time(bytes: [7, 600, 400, 7])
    #expect(abs(time - (2000 + 1000 / 0.1)) < 1e-6)
  }
}
