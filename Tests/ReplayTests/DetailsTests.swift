import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Details add up to the figures, and are bounded.
@Suite struct DetailsTests {
  static func replay(
    _ trace: SmallTrace, _ policies: [String] = ["eplb"], threads: Int = 2, layers: [Int] = [],
    copies: Copies = .dedup
  ) throws -> ReplayResult {
    var cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    cluster.copies = copies
    let setting = try ReplaySetting(
      header: trace.header, cluster: cluster,
      model: Fixture.model(
        experts: trace.header.experts, topK: trace.header.topK ?? 1, layers: trace.header.layers))
    let job = ReplayJob(
      setting: setting, baseline: .static, policies: try policies.map { try Fixture.policy($0) },
      seed: 0,
      threads: threads, open: { trace.source() })
    return try job.runOnAll(trace.source(), details: DetailRequest(layers: layers)).results[0]
  }

  private func sum(_ values: [Double]) -> Double { values.reduce(0, +) }

  @Test func `parts, totals, plans and percentiles of steps are those of the figures`() throws {
    let result = try Self.replay(SmallTrace())
    for policy in result.policies {
      let details = try #require(policy.details)
      let steps = details.steps
      #expect(steps.total.count == 24)
      for (found, expected) in [
        (steps.dispatch, policy.time.dispatch), (steps.experts, policy.time.experts ?? 0),
        (steps.combine, policy.time.combine ?? 0), (steps.migration, policy.time.migration ?? 0),
        (steps.total, policy.time.total), (details.stepTotals, policy.time.total),
      ] { #expect(abs(sum(found) - expected) <= 1e-9 * max(1, expected)) }
      #expect(abs(sum(steps.hottest) / 24 - (policy.imbalance.peakToAverage ?? 0)) < 1e-9)
      #expect(steps.plans.reduce(0, +) == policy.rebalances.count)
      #expect(steps.arrivals.reduce(0, +) <= policy.rebalances.count)
      #expect(details.stepTotals == details.stepTotals.sorted() && details.stepTotal.max == steps.longest.max())
      #expect(abs(sum(details.sortedRankLoads) - 4) < 1e-9)
      #expect(details.sortedRankLoads == details.sortedRankLoads.sorted(by: >))
      #expect(abs(details.sortedRankLoads[0] - (policy.imbalance.peakToAverage ?? 0)) < 1e-9)
    }
    #expect(result.policies[1].rebalances.count > 0)
    #expect(result.policies[1].details?.steps.arrivals.reduce(0, +) ?? 0 > 0)
  }

  @Test(arguments: [Copies.dedup, .direct, .mixed])
  func `rank loads of steps add up to those of layers, and bytes to the traffic`(copies: Copies) throws {
    let result = try Self.replay(SmallTrace(), copies: copies)
    let details = try #require(result.details)
    #expect(details.layers == [0, 1, 2] && details.stepsShown == Array(0..<24) && details.ranksPerRow == 1)
    for policy in result.policies {
      let told = try #require(policy.details)
      for (layer, whole) in zip(told.layers, try #require(policy.perLayer)) {
        let sums = (0..<4).map { rank in Double(layer.tokens.reduce(0) { $0 + $1[rank] }) }
        #expect(sums == whole.rankTokens)
      }
      let bytes = told.dispatchBytes.reduce(0) { $0 + sum($1) }
      let expected = policy.traffic.scaleUpBytes + policy.traffic.scaleOutBytes
      #expect(expected > 0 && abs(bytes - expected) < 1e-6 * expected)
      for rank in 0..<4 { #expect(told.dispatchBytes[rank][rank] == 0) }
    }
    let visits = SmallTrace().steps.reduce(0) { $0 + $1.experts.count }
    #expect(details.popularity.reduce(0) { $0 + $1.reduce(0, +) } == visits)
    let moved = result.policies[1].details?.layers.contains { $0.placementBefore != $0.placementAfter }
    #expect(
      moved == true && result.policies[0].details?.layers.allSatisfy { $0.placementBefore == $0.placementAfter } == true
    )
  }

  @Test func `a recording that turns over drifts, and one that does not does not`() throws {
    let turning = try #require(try Self.replay(SmallTrace(tokens: 4000)).details).drift
    #expect(turning.map(\.lag) == [1, 2, 4, 8, 16])
    #expect(turning[0].correlation > 0.8 && turning[4].correlation < -0.5)
    let still = try #require(try Self.replay(SmallTrace(tokens: 4000).prefix(12)).details).drift
    #expect(still.allSatisfy { $0.correlation > 0.95 })
  }

  @Test(arguments: [false, true]) func `details are the same on any number of threads`(counted: Bool) throws {
    let trace = counted ? SmallTrace(layers: 7).counted : SmallTrace(layers: 7)
    let results = try [1, 2, 5].map { try JSONEncoder.sorted.encode(Self.replay(trace, threads: $0)) }
    #expect(results[0] == results[1] && results[1] == results[2])
  }

  @Test func `figures are the same with details and without, and JSON with them is read as it was`() throws {
    let result = try Self.replay(SmallTrace())
    #expect(try result.withoutDetails == Fixture.replay(SmallTrace(), [Fixture.policy("eplb")]))
    let text = try JSONEncoder.sorted.encode(result)
    #expect(try JSONDecoder().decode(ReplayResult.self, from: text) == result)
  }

  @Test func `a layer that the trace lacks is an error that names those it has`() throws {
    #expect(try Self.replay(SmallTrace(), layers: [2]).details?.layers == [0, 1, 2])
    let error = #expect(throws: InputError.self) { try Self.replay(SmallTrace(), layers: [3]) }
    #expect(error?.description.contains("no such layer 3") == true && error?.description.contains("0 to 2") == true)
  }

  @Test func `bins of any number of steps are few, and lose nothing`() {
    for count in [1, 255, 256, 257, 5000] {
      var bins = StepBins()
      for step in 0..<count {
        var bin = StepBins.Bin()
        (bin.steps, bin.total, bin.longest) = (1, Double(step), Double(step))
        bins.add(bin)
      }
      #expect(bins.bins.count <= StepBins.most && bins.bins.count * bins.stepsPerBin >= count)
      #expect(bins.bins.reduce(0) { $0 + $1.steps } == count)
      #expect(sum(bins.bins.map(\.total)) == Double(count * (count - 1) / 2))
      #expect(bins.bins.dropLast().allSatisfy { $0.steps == bins.stepsPerBin })
      #expect(bins.bins.last?.longest == Double(count - 1))
    }
  }

  @Test func `steps shown are evenly far apart, an odd number of steps`() {
    for count in [1, 96, 97, 1000, 9999] {
      var shown = ShownSteps()
      for step in 0..<count { shown.add { [Double(step)] } }
      #expect(shown.steps.count <= ShownSteps.most && shown.steps.count * 3 > min(count, ShownSteps.most))
      #expect(shown.stride % 2 == 1 && shown.steps == Array(stride(from: 0, to: count, by: shown.stride)))
      #expect(shown.tokens.map { Int($0[0]) } == shown.steps)
    }
  }

  @Test(arguments: [(8, 8, 1, 8), (128, 8, 1, 128), (256, 8, 8, 32), (2048, 8, 16, 128), (300, 300, 3, 100)])
  func `rows of ranks are few, whole nodes, and add up`(ranks: Int, perNode: Int, each: Int, count: Int) {
    let rows = RankRows(ranks: ranks, ranksPerNode: perNode)
    #expect((rows.ranksPerRow, rows.count) == (each, count))
    let loads = (0..<ranks).map(Double.init)
    #expect(sum(rows.sums(of: loads)) == sum(loads))
    let matrix = (0..<ranks * ranks).map { Double($0 % 7) }
    #expect(rows.matrixSums(of: matrix).reduce(0) { $0 + sum($1) } == sum(matrix))
  }
}

extension JSONEncoder {
  fileprivate static var sorted: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return encoder
  }
}
