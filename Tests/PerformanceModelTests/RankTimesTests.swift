import Diagnostics
import PerformanceModel
import Randomness
import TestTraces
import Testing

/// Each rank's time is what the layer would take if all were like it, and the longest is the layer's.
@Suite struct RankTimesTests {
  private static let shape = TokenShape(experts: 16, topK: 2, hidden: 1024)
  private static let payload = Payload(dispatchBytes: 2048, combineBytes: 4096, shape: shape)

  private static func cluster(copies: Copies, model: String, links: String = "", extra: String = "") throws -> Cluster {
    try Cluster(
      settings: Settings(
        parsing: """
          name: test
          ranks: 8
          ranksPerNode: 4
          allToAll: \(model)
          copies: \(copies.rawValue)
          scaleUp: {bandwidth: 200 GB/s, dispatchLatency: 10 us, combineLatency: 8 us\(links)}
          scaleOut: {bandwidth: 50 GB/s, dispatchLatency: 25 us, combineLatency: 27 us\(links)}
          \(extra)
          """, name: "test.yaml"))
  }

  /// Tokens with two experts, each on one of the 8 ranks.
  private static func traffic(seed: UInt64) -> Traffic {
    var random = SeededGenerator(seed: seed)
    var traffic = Traffic(ranks: 8, ranksPerNode: 4)
    for token in 0..<200 {
      let source = token % 7
      let ranks = (0..<2).map { _ in min(random.below(8), random.below(8)) }
      for rank in ranks { traffic.visits[source * 8 + rank] += 1 }
      for rank in Set(ranks) { traffic.rankCopies[source * 8 + rank] += 1 }
      for node in Set(ranks.map { $0 / 4 }) { traffic.nodeCopies[source * 2 + node] += 1 }
    }
    return traffic
  }

  @Test(arguments: [Copies.dedup, .direct, .mixed], ["", ", halfSize: 32 KB"])
  func `the busiest port's rank takes as long as the layer, and others less`(copies: Copies, links: String) throws {
    for model in ["port", "bound"] {
      let model = try Self.cluster(copies: copies, model: model, links: links).makeAllToAll()
      for seed in 0..<10 {
        let traffic = Self.traffic(seed: UInt64(seed))
        let cost = try model.price(traffic, payload: Self.payload)
        let times = try #require(model.knownRankTimes(of: traffic, payload: Self.payload))
        for (ranks, layer) in [(times.dispatch, cost.dispatch), (times.combine, cost.combine)] {
          let longest = ranks.max() ?? 0
          #expect(layer > 0 && abs(longest - layer) <= 1e-12 * layer)
          #expect((ranks.min() ?? layer) < layer)
        }
      }
    }
  }

  @Test func `no rank takes longer than a layer whose stages are of several ranks`() throws {
    let model = try Self.cluster(
      copies: .direct, model: "port",
      extra: """
        work:
          dispatch: {tokenTime: 10 ns, copyTime: 20 ns, fill: unlimited}
          combine: {copyBandwidth: 100 GB/s, fill: 2 us}
        """
    ).makeAllToAll()
    var isLess = false
    for seed in 0..<20 {
      let traffic = Self.traffic(seed: UInt64(seed))
      let cost = try model.price(traffic, payload: Self.payload)
      let times = try #require(model.knownRankTimes(of: traffic, payload: Self.payload))
      #expect((times.dispatch.max() ?? 0) <= cost.dispatch * (1 + 1e-12))
      #expect((times.combine.max() ?? 0) <= cost.combine * (1 + 1e-12))
      #expect((times.dispatch.max() ?? 0) > 0.8 * cost.dispatch)
      isLess = isLess || (times.dispatch.max() ?? 0) < cost.dispatch * (1 - 1e-6)
    }
    #expect(isLess)
  }

  @Test func `a rank that sends and receives nothing takes the latency`() throws {
    let model = try Self.cluster(copies: .direct, model: "port").makeAllToAll()
    var traffic = Traffic(ranks: 8, ranksPerNode: 4)
    traffic.visits[1] = 50
    traffic.visits[0] = 1000
    let times = try #require(model.knownRankTimes(of: traffic, payload: Self.payload))
    let sent = 25 + 50 * 2048 / 200e3
    #expect(zip(times.dispatch, [sent, sent, 25, 25, 25, 25, 25, 25]).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test func `flows and silence have no time of a rank`() throws {
    let mesh = try Self.cluster(
      copies: .direct, model: "fair-share",
      extra: "fairShare: {topology: full-mesh, linkBandwidth: 50 GB/s, latency: 1 us}")
    for name in ["fair-share", "none"] {
      let model = try mesh.priced(by: name).makeAllToAll()
      #expect(model.knownRankTimes(of: Self.traffic(seed: 1), payload: Self.payload) == nil)
    }
  }

  @Test(arguments: [true, false]) func `the slowest rank's experts take as long as the layer's`(isDecode: Bool) throws {
    let cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    let model = try Fixture.model(experts: 16, topK: 2, layers: 1)
    let compute = try #require(try cluster.expertCompute(of: model))
    var random = SeededGenerator(seed: 3)
    for _ in 0..<20 {
      let slots = (0..<16).map { $0 < 4 ? 0 : Double(random.below(300)) }
      let layer = compute.layerTime(slotTokens: slots.span, slotsPerRank: 4, tokensPerRank: 0, isDecode: isDecode)
      let ranks = compute.rankTimes(slotTokens: slots.span, slotsPerRank: 4, tokensPerRank: 0, isDecode: isDecode)
      #expect(ranks.count == 4 && ranks.max() == layer && ranks[0] == 0)
      for rank in 1..<4 {
        let own = slots.indices.map { $0 / 4 == rank ? slots[$0] : 0 }
        let alone = compute.rankCost(
          slotTokens: Array(own[rank * 4..<rank * 4 + 4]).span, tokensPerRank: 0,
          mean: slots.reduce(0, +) / 16, isDecode: isDecode)
        #expect(ranks[rank] >= alone.time)
      }
    }
  }
}
