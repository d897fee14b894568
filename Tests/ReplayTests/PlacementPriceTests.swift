import LoadBalancing
import PerformanceModel
import Randomness
import Replay
import RoutingTrace
import TestTraces
import Testing

@Suite struct PlacementPriceTests {
  private func setting(_ copies: String, ranks: Int) throws -> ReplaySetting {
    let trace = SmallTrace()
    var cluster = try Fixture.cluster(ranks: ranks, ranksPerNode: 4)
    cluster.copies = try #require(Copies(rawValue: copies))
    return try ReplaySetting(
      header: trace.header, cluster: cluster,
      model: Fixture.model(experts: trace.header.experts, topK: 2, layers: trace.header.layers))
  }

  /// Every rank takes in as many copies from every source, so that the busiest port has the mean.
  @Test(arguments: ["dedup", "direct", "mixed"], [4, 16]) func isWhatThePortsTake(copies: String, ranks: Int) throws {
    let setting = try setting(copies, ranks: ranks)
    let price = PlacementPrice(
      setting, tokensPerStep: 6400, sources: SourceSpread(ranks: ranks, ranksPerNode: 4), isDecode: false)
    let (copiesPerRank, copiesPerNode, visitsPerRank) = (400.0, 900.0, 500.0)
    var traffic = Traffic(ranks: ranks, ranksPerNode: 4)
    for cell in traffic.rankCopies.indices {
      traffic.rankCopies[cell] = copiesPerRank / Double(ranks)
      traffic.visits[cell] = visitsPerRank / Double(ranks)
    }
    for cell in traffic.nodeCopies.indices { traffic.nodeCopies[cell] = copiesPerNode / Double(ranks) }
    let cost = try setting.allToAll.price(traffic, payload: setting.payload)
    let up = price.scaleUpUnit == .copies ? copiesPerRank : visitsPerRank
    let out = ranks > 4 ? (price.scaleOutUnit == .copies ? copiesPerNode : visitsPerRank) : 0
    let latency = ranks > 4 ? (25.0, 27.0) : (10.0, 8.0)
    let dispatch = max(up * price.dispatch.scaleUp, out * price.dispatch.scaleOut)
    let combine = max(up * price.combine.scaleUp, out * price.combine.scaleOut)
    #expect(abs(cost.dispatch - latency.0 - dispatch) < 1e-9 * cost.dispatch)
    #expect(abs(cost.combine - latency.1 - combine) < 1e-9 * cost.combine)
  }

  @Test func overlapsAsALayerDoes() {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<500 {
      let (communication, experts) = (100 * generator.unit(), 100 * generator.unit())
      let speeds = (0.01 + 0.99 * generator.unit(), 0.01 + 0.99 * generator.unit())
      let overlap = Overlap(fraction: generator.unit(), derate: speeds.0, computeDerate: speeds.1)
      let price = PlacementPrice(
        tokensPerStep: 1, topK: 1, dispatch: .init(scaleUp: 1, scaleOut: 0), combine: .init(scaleUp: 0, scaleOut: 0),
        overlap: overlap.fraction, derate: overlap.derate, computeDerate: overlap.computeSpeed
      ) { tokens, _ in tokens }
      let time = price.time(
        experts: experts, scaleUp: .init(busiest: communication, mean: communication),
        scaleOut: .init(busiest: 0, mean: 0))
      let layer = LayerTime(dispatch: communication, experts: experts, combine: 0)
      #expect(abs(time - layer.total(overlap)) <= 1e-12 * time)
    }
  }

  @Test func spreadsOfSourcesAreTheBusiestOverTheMean() {
    var spread = SourceSpread(ranks: 4, ranksPerNode: 2)
    #expect(spread.source == 1)
    spread.add([0, 0, 0, 2, 2, 3])
    // 3 of 6 on rank 0, 5 on local index 0.
    #expect(spread.source == 2)
    #expect(abs(spread.relay - 5.0 / 3) < 1e-12)
    spread.add([0, 1, 2, 3, 0, 1, 2, 3])
    #expect(abs(spread.source - 5.0 * 4 / 14) < 1e-12)
  }
}
