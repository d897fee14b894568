import Foundation
import PerformanceModel
import Replay
import Reporting
import RoutingTrace
import TestTraces
import Testing

@Suite struct LayerFiguresTests {
  static func outcome(_ communication: Double, memory: Double, math: Double) -> LayerOutcome {
    var outcome = LayerOutcome()
    outcome.expertCost = ExpertCost(time: memory + math, memory: memory, math: math, usefulMath: math / 2)
    outcome.time = LayerTime(dispatch: communication, experts: memory + math, combine: 0)
    return outcome
  }

  /// 300 operations per byte, 3e14 a second.
  private static let compute = ExpertCompute(
    gpu: GPU(memory: 1, hbm: 1e6, bf16: 3e8, hbmEfficiency: 1, mathEfficiency: 1),
    model: ModelShape(
      name: "test", layers: 1, moeLayers: 1, experts: 1, topK: 1, hidden: 1, expertIntermediate: 1, weights: .bf16,
      payload: Payload(dispatchBytes: 1, combineBytes: nil)))

  @Test("Each layer is bound by what most of its steps waited for, at the intensity of all of them")
  func roofline() throws {
    var totals = BottleneckTotals()
    for (first, second) in [
      (Self.outcome(1, memory: 8, math: 2), Self.outcome(50, memory: 1, math: 1)),
      (Self.outcome(1, memory: 2, math: 8), Self.outcome(50, memory: 3, math: 1)),
      (Self.outcome(1, memory: 6, math: 2), Self.outcome(1, memory: 1, math: 4)),
    ] {
      totals.add(first, at: 0)
      totals.add(second, at: 1)
    }
    let found = try #require(totals.roofline(of: Self.compute, layerNumbers: [3, 7]))
    #expect(found.ridgePoint == 300)
    #expect(found.layers.map(\.layer) == [3, 7])
    #expect(found.layers.map(\.boundBy) == ["memory", "communication"])
    #expect(found.layers.map(\.intensity) == [225, 360])
    #expect(abs(found.intensity - 257.14285714285714) < 1e-9)
    // Half of the arithmetic is on tokens: 6 of 28 us in the first layer, 3 of 11 in the second, 9 of 39 in both.
    #expect(found.layers.map(\.usefulIntensity) == [112.5, 180])
    #expect(abs(try #require(found.usefulIntensity) - found.intensity / 2) < 1e-9)
    #expect(found.layers.map(\.flopsPerSecond) == [6.0 / 28 * 3e14, 3.0 / 11 * 3e14])
    #expect(abs(try #require(found.flopsPerSecond) - 9.0 / 39 * 3e14) < 1)
    let shares = try #require(totals.result)
    let third = 2.0 / 6
    #expect(shares.communication == third)
    #expect(shares.memory == third)
    #expect(shares.math == third)
  }

  @Test("A cluster without GPUs has no roofline")
  func unknown() {
    var totals = BottleneckTotals()
    totals.add(LayerOutcome(), at: 0)
    #expect(totals.roofline(of: Self.compute, layerNumbers: [0]) == nil)
    #expect(totals.result == nil)
  }

  @Test("What is told layer by layer adds up to the whole, rank by rank")
  func layers() throws {
    let trace = SmallTrace()
    let result = try Fixture.replay(trace, [try Fixture.policy("eplb")])
    for policy in result.policies {
      let layers = try #require(policy.perLayer)
      #expect(layers.map(\.layer) == [0, 1, 2])
      #expect(abs(layers.reduce(0) { $0 + $1.comm } - policy.time.comm) < 1e-6)
      #expect(abs(layers.reduce(0) { $0 + ($1.experts ?? 0) } - (policy.time.experts ?? 0)) < 1e-6)
      let balance = layers.reduce(0) { $0 + ($1.balancedness ?? 0) } / 3
      #expect(abs(balance - (policy.balancedness.rank ?? 0)) < 1e-12)
    }
    for layer in 0..<3 {
      var expected = Array(repeating: 0.0, count: 4)
      for step in trace.steps {
        for expert in step.experts[layer * 80..<(layer + 1) * 80] { expected[Int(expert) / 4] += 1 }
      }
      #expect(result.policies[0].perLayer?[layer].rankTokens == expected)
    }
    #expect(result.withoutLayers.policies.allSatisfy { $0.perLayer == nil })
  }

  @Test("The page shows every rank's load and what applies; the table has layers when they are there")
  func pictures() throws {
    let result = try Fixture.replay(SmallTrace(), [try Fixture.policy("eplb")])
    let page = try ReplayReport(result).text(as: .html)
    #expect(page.components(separatedBy: "viewBox=\"0 0 4 3\"").count == 3)
    #expect(page.contains("<path class=\"cells h3\""))
    #expect(page.contains("distribution error of predictions") && !page.contains("tokens per second"))
    let plain = try ReplayReport(result.withoutLayers).text(as: .html)
    #expect(!plain.contains("class=\"heat\"") && plain.contains("does not tell layers"))
    #expect(try ReplayReport(result).text(as: .table).contains("| Layer |"))
    #expect(try !ReplayReport(result.withoutLayers).text(as: .table).contains("| Layer |"))
  }

  @Test("A replay says what binds every layer, and its lists stay out of the CSV")
  func replayed() throws {
    let trace = SmallTrace()
    let job = ReplayJob(
      setting: try Fixture.setting(trace), baseline: .static, policies: [], seed: 0, threads: 2)
    let result = try job.run(on: trace.source()).result
    let roofline = try #require(result.policies[0].roofline)
    #expect(roofline.layers.map(\.layer) == [0, 1, 2])
    #expect(roofline.layers.allSatisfy { Bottleneck(rawValue: $0.boundBy) != nil && $0.intensity > 0 })
    let csv = try ReplayReport(result).text(as: .csv)
    #expect(csv.contains("roofline.ridgePoint") && !csv.contains("roofline.layers"))
  }

  @Test("Two half batches take at least their attention, and at most two whole steps")
  func twoBatches() throws {
    let trace = SmallTrace()
    var model = try Fixture.model(experts: 16, topK: 2, layers: 3)
    model.attention = AttentionShape(heads: 16, headSize: 64)
    let setting = try ReplaySetting(
      header: trace.header, cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2), model: model, context: 4096)
    let job = ReplayJob(setting: setting, baseline: .static, policies: [], seed: 0, threads: 2)
    let serving = try #require(try job.run(on: trace.source()).result.policies[0].serving)
    let serial = try #require(setting.serving).attentionTime(tokens: 5, isDecode: true) * 3
    #expect(serving.twoBatch.stepTime >= 2 * serial)
    #expect(serving.twoBatch.stepTime <= 2 * serving.stepTime)
    #expect(serving.twoBatch.tokensPerSecond > 0)
  }

  @Test("The most nodes that a token visits is counted, and a model's limit is held against it", arguments: [4, 128])
  func nodes(ranks: Int) throws {
    let header = TraceHeader(name: "wide", content: .tokens, layerNumbers: [0], experts: 128, topK: 4)
    let step = RoutingStep(
      number: 0, phase: .decode, tokens: 2, experts: [0, 1, 2, 3, 0, 40, 41, 100])
    var model = try Fixture.model(experts: 128, topK: 4, layers: 1)
    model.groups = 4
    model.groupsPerToken = 2
    let setting = try ReplaySetting(
      header: header, cluster: Fixture.cluster(ranks: ranks, ranksPerNode: ranks / 4), model: model)
    let job = ReplayJob(setting: setting, baseline: .static, policies: [], seed: 0, threads: 1)
    let result = try job.run(on: StoredSteps(header: header, steps: [step])).result
    #expect(result.policies[0].traffic.mostNodesPerToken == 3)
    #expect(result.policies[0].traffic.nodesPerTokenLimit == 2)
    #expect(result.policies[0].traffic.nodesPerToken == 2)
    #expect(result.notes.last == "Policy static: tokens visit up to 3 nodes in a layer, test's router allows 2.")
  }
}
