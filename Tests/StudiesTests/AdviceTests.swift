import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Randomness
import Replay
import RoutingTrace
import Studies
import TestTraces
import Testing

@Suite struct GPSFormulaTests {
  private func formula(skewness: Double, error: Double, linkBytesPerMicrosecond: Double = 1) -> GPSFormula {
    // Mixtral 8×7B on 4 × A100, batch 1, sequence 512, fp16: 2 visits of 8 KB per token, experts about 400 us.
    GPSFormula(
      skewness: skewness, distributionError: error, ranks: 4, attention: 100, experts: 400,
      wholeTransfer: 512 * 2 * 8192 / linkBytesPerMicrosecond)
  }

  @Test(arguments: [(1.39, 0.018, 1.365, 0.2606), (1.40, 0.0098, 1.386, 0.2625), (1.99, 0.16, 1.716, 0.3731)])
  func givesThePublishedFigures(skewness: Double, error: Double, gain: Double, part: Double) {
    let formula = formula(skewness: skewness, error: error)
    #expect(abs(formula.expertGain - gain) < 0.0006)
    #expect(abs(formula.exchangedPart - part) < 0.00006)
  }

  @Test func distributionOnlyWinsAtLowSkewOrOnFastLinksAndTokenToExpertAtHighSkewOnSlowOnes() {
    let overhead = PredictorOverhead(freeAccuracy: 0.3, microsecondsPerFold: 15)
    func tokenToExpertWins(_ skewness: Double, _ error: Double, _ link: Double) -> Bool {
      let formula = formula(skewness: skewness, error: error, linkBytesPerMicrosecond: link)
      let best = formula.bestTokenToExpert(grid: AdviceJob.accuracies, overhead: overhead)
      return best.time < formula.distributionOnly
    }
    #expect(!tokenToExpertWins(1.39, 0.018, 600_000))
    #expect(!tokenToExpertWins(1.39, 0.018, 200_000))
    #expect(tokenToExpertWins(1.99, 0.16, 32_000))
  }

  @Test func overheadMakesTheTimeUShapedOverAccuracy() {
    let formula = formula(skewness: 1.5, error: 0.1, linkBytesPerMicrosecond: 64_000)
    let overhead = PredictorOverhead(freeAccuracy: 0.3, microsecondsPerFold: 20)
    let times = AdviceJob.accuracies.map { formula.tokenToExpert(accuracy: $0, overhead: overhead) }
    let best = times.firstIndex(of: times.min() ?? 0) ?? 0
    #expect(best > 0 && best < times.count - 1)
    #expect(zip(times, times.dropFirst()).enumerated().allSatisfy { ($1.1 < $1.0) == ($0 < best) })
  }

  @Test func guessingTheMostPopularCostsNothing() {
    let overhead = PredictorOverhead(freeAccuracy: 0.5, microsecondsPerFold: 10)
    #expect(overhead.microseconds(accuracy: 0.4) == 0)
    #expect(abs(overhead.microseconds(accuracy: 0.75) - 10 * 0.693147) < 1e-3)
  }
}

@Suite struct AdviceJobTests {
  private func advise(linkSpeeds: [Double], microsecondsPerFold: Double) throws -> Advice {
    let trace = SmallTrace(tokens: 200)
    let setting = try Fixture.setting(trace)
    return try AdviceJob(
      header: trace.header, machine: setting.machine, model: setting.model, linkSpeeds: linkSpeeds,
      microsecondsPerFold: microsecondsPerFold, redundantSlotsPerRank: 1, interval: 4, threads: 2,
      open: { trace.source() }
    ).run(surveying: trace.source())
  }

  @Test func dispatchFallsAwayAsFarAsVisitsAreForeseen() throws {
    let sweep = try #require(try advise(linkSpeeds: [1], microsecondsPerFold: 0).sweeps.first)
    for (slots, interval) in [(0, 4), (1, 4), (1, 1)] {
      let predicted = sweep.strategies.filter {
        $0.accuracy != nil && $0.redundantSlotsPerRank == slots && $0.interval == interval
      }
      #expect(predicted.map(\.accuracy) == AdviceJob.accuracies)
      #expect(zip(predicted, predicted.dropFirst()).allSatisfy { $1.comm < $0.comm })
    }
    #expect(sweep.best == "token-to-expert")
    #expect(sweep.margin > 0)
  }

  @Test func aPredictorThatCostsTooMuchIsNotAdvised() throws {
    let sweep = try #require(try advise(linkSpeeds: [1], microsecondsPerFold: 1000).sweeps.first)
    #expect(sweep.best != "token-to-expert")
  }

  @Test func totalsHoldAllTheirParts() throws {
    for sweep in try advise(linkSpeeds: [1, 0.1], microsecondsPerFold: 3).sweeps {
      for strategy in sweep.strategies {
        let parts =
          strategy.comm + (strategy.experts ?? 0) + strategy.attention + strategy.migration + strategy.prediction
        #expect(abs(parts - strategy.total) < 1e-6 * strategy.total)
      }
      #expect(sweep.strategies[0].improvement == 0)
    }
  }

  @Test("Dispatch that hides behind the experts anyway is not saved once more")
  func hiddenDispatch() throws {
    let trace = SmallTrace(tokens: 200)
    let setting = try Fixture.setting(trace)
    var cluster = setting.cluster
    cluster.overlap = .full
    cluster.gpu?.hbm /= 1000
    let advice = try AdviceJob(
      header: trace.header, machine: Machine(cluster), model: setting.model, linkSpeeds: [1], microsecondsPerFold: 3,
      redundantSlotsPerRank: 1, interval: 4, threads: 2, open: { trace.source() }
    ).run(surveying: trace.source())
    for strategy in advice.sweeps[0].strategies {
      let experts = try #require(strategy.experts)
      #expect(strategy.comm < experts / 2)
      let rest = strategy.attention + strategy.migration + strategy.prediction
      #expect(abs(experts + rest - strategy.total) < 1e-9 * strategy.total)
    }
  }

  @Test("A foreseen visit is not sent again, and no dispatch takes less than its latency")
  func foreseenDispatch() throws {
    struct Fixed: AllToAllModel {
      func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
        AllToAllCost(dispatch: traffic.rankCopies[0], combine: 7, scaleUpBytes: 3, bound: 2)
      }
    }
    let model = ForeseenDispatch(model: Fixed(), accuracy: 0.75, latency: 10)
    var traffic = Traffic(ranks: 1, ranksPerNode: 1)
    for (alone, left) in [(50.0, 20.0), (10, 10), (4, 4), (0, 0)] {
      traffic.rankCopies[0] = alone
      let cost = try model.price(traffic, payload: Payload(dispatchBytes: 1, combineBytes: nil))
      #expect(cost == AllToAllCost(dispatch: left, combine: 7, scaleUpBytes: 3, bound: 2))
    }
  }

  @Test func largerBatchesAreTheSameTokensInFewerSteps() throws {
    let trace = SmallTrace(tokens: 200)
    let setting = try Fixture.setting(trace)
    let advice = try AdviceJob(
      header: trace.header, machine: setting.machine, model: setting.model, linkSpeeds: [1, 0.1], batchSizes: [1, 4],
      microsecondsPerFold: 3, redundantSlotsPerRank: 1, interval: 4, threads: 2, open: { trace.source() }
    ).run(surveying: trace.source())
    #expect(advice.sweeps.map(\.batchSize) == [1, 1, 4, 4])
    #expect(advice.sweeps.map(\.linkSpeed) == [1, 0.1, 1, 0.1])
    #expect(advice.sweeps.map(\.tokensPerStep) == [200, 200, 800, 800])
    let comm = advice.sweeps.map { $0.strategies[0].comm }
    #expect(comm[2] < comm[0] && comm[3] < comm[1], "every step pays latency once")
    #expect(try Array(advice.sweeps.prefix(2)) == self.advise(linkSpeeds: [1, 0.1], microsecondsPerFold: 3).sweeps)
  }

  @Test("The trace is read twice for each batch size, whatever the number of link speeds and accuracies")
  func openings() throws {
    let trace = SmallTrace(tokens: 200)
    let setting = try Fixture.setting(trace)
    var opened = 0
    _ = try AdviceJob(
      header: trace.header, machine: setting.machine, model: setting.model, linkSpeeds: [1, 0.25, 0.1],
      batchSizes: [1, 2], microsecondsPerFold: 3, redundantSlotsPerRank: 1, interval: 4, threads: 2
    ) {
      opened += 1
      return trace.source()
    }.run(surveying: trace.source())
    #expect(opened == 2 * 2)
  }

  @Test func slowerLinksTakeLonger() throws {
    let sweeps = try advise(linkSpeeds: [1, 0.1], microsecondsPerFold: 3).sweeps
    #expect(sweeps[1].strategies[0].comm > sweeps[0].strategies[0].comm)
    #expect(sweeps[1].strategies[0].experts == sweeps[0].strategies[0].experts)
  }
}

@Suite struct TuneJobTests {
  private func tune(memory: Double?) throws -> TuneJob.Outcome {
    let trace = SmallTrace(tokens: 200)
    let job = TuneJob(
      setting: try Fixture.setting(trace), memory: memory, intervals: [2, 6], windows: [2, 4], threads: 2,
      policy: Self.shipped)
    return try job.run(on: trace.source())
  }

  /// A shipped policy with its changes.
  static func shipped(_ name: String) throws -> BalancingPolicy {
    let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("policies/\(parts[0]).yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    return try BalancingPolicy(
      settings: Settings(parsing: text, name: name, overrides: parts.dropFirst().first)
    )
  }

  @Test func triesEverySlotsWindowAndIntervalOnce() throws {
    let outcome = try tune(memory: nil)
    // Two policies without replicas, six with three budgets; two windows, two intervals; and static.
    #expect(outcome.tried == (2 + 6 * 3) * 4 + 1)
    #expect(Set(outcome.front.map(\.policy)).count == outcome.front.count)
    #expect(outcome.front.contains { $0.replicaBytesPerRank == 0 })
  }

  @Test func nothingOnTheFrontIsBeatenInAllThree() throws {
    let front = try tune(memory: nil).front
    #expect(!front.isEmpty)
    for candidate in front {
      for other in front where other != candidate {
        #expect(
          other.total > candidate.total || other.replicaBytesPerRank > candidate.replicaBytesPerRank
            || other.movedExperts > candidate.movedExperts
        )
      }
    }
    #expect(zip(front, front.dropFirst()).allSatisfy { $0.total <= $1.total })
  }

  @Test func `a candidate is the policy that its name gives`() throws {
    let trace = SmallTrace(tokens: 200)
    let front = try tune(memory: nil).front
    let acting = front.filter { $0.policy != "static" }
    let named = ReplayJob(
      setting: try Fixture.setting(trace), policies: try acting.map { try Self.shipped($0.policy) }, threads: 1)
    let result = try named.run(on: trace.source()).result.policies
    let results = (front.contains { $0.policy == "static" } ? [result[0]] : []) + result.dropFirst()
    let byName = Dictionary(uniqueKeysWithValues: results.map { ($0.name, $0) })
    #expect(Set(byName.keys) == Set(front.map(\.policy)))
    for candidate in front {
      let found = try #require(byName[candidate.policy])
      #expect(found.time.total == candidate.total)
      #expect(found.rebalances.movedExperts == candidate.movedExperts)
      #expect(found.memory.replicaBytesPerRank == candidate.replicaBytesPerRank)
    }
  }

  /// Without redundant slots `distribution-only` can copy nothing.
  @Test func `static is called static, and what moved nothing is counted and not ranked`() throws {
    let outcome = try tune(memory: nil)
    #expect(outcome.front.filter { $0.movedExperts == 0 }.map(\.policy) == ["static"])
    #expect(outcome.front.allSatisfy { !$0.policy.hasPrefix("distribution-only:redundantSlotsPerRank=0") })
    #expect(outcome.idle == 4)
    let trace = SmallTrace(tokens: 200).prefix(2)
    let short = try TuneJob(
      setting: Fixture.setting(trace), memory: nil, intervals: [16], windows: [16], threads: 1, policy: Self.shipped
    ).run(on: trace.source())
    #expect(short.front.map(\.policy) == ["static"])
    #expect(short.idle == 20 && short.tried == 21)
    #expect(short.notes == ["20 candidates never rebalanced: the trace ended first."])
  }

  @Test func `redundant slots that do not fit a GPU are left out, with a note`() throws {
    let trace = SmallTrace(tokens: 200)
    var cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    let model = try Fixture.model(experts: 16, topK: 2, layers: 3)
    cluster.gpu?.memory = 3 * 5 * model.expertBytes
    let outcome = try TuneJob(
      setting: ReplaySetting(header: trace.header, cluster: cluster, model: model), memory: nil, intervals: [6],
      windows: [6], threads: 2, policy: Self.shipped
    ).run(on: trace.source())
    #expect(outcome.tried == 2 + 6 * 2 + 1)
    #expect(outcome.notes.count == 1)
    let note = "6 candidates are left out, as their redundant slots do not fit: 6 slots"
    #expect(outcome.notes.first?.hasPrefix(note) == true)
  }

  @Test func `a policy without a window or an interval is refused`() throws {
    for changed in ["predictor={kind: last}", "schedule={kind: once, at: 4}"] {
      let job = TuneJob(
        setting: try Fixture.setting(SmallTrace(tokens: 20)), memory: nil, intervals: [2], windows: [2], threads: 1
      ) { try Self.shipped("\($0):\(changed)") }
      let error = #expect(throws: InputError.self) { try job.run(on: SmallTrace(tokens: 20).source()) }
      #expect(
        error?.message == "is varied in its predictor's window and its schedule's steps: needs moving-average and every"
      )
    }
  }

  @Test("A trace of some layers is held against the memory of all of the model's")
  func memoryOfTheWholeModel() throws {
    let trace = SmallTrace(tokens: 50)
    let small = try Fixture.setting(trace)
    let deep = try ReplaySetting(
      header: trace.header, cluster: small.cluster, model: Fixture.model(experts: 16, topK: 2, layers: 30))
    func tried(_ setting: ReplaySetting, memory: Double) throws -> Int {
      try TuneJob(
        setting: setting, memory: memory, intervals: [6], windows: [6], threads: 2, policy: Self.shipped
      ).run(on: trace.source()).tried
    }
    // A slot more on every rank, in the three layers of the trace.
    let replica = 3 * small.model.expertBytes
    for memory in [0, replica, 2 * replica] {
      #expect(try tried(deep, memory: 10 * memory) == tried(small, memory: memory))
    }
    #expect(try tried(deep, memory: replica) < tried(small, memory: replica))
  }

  @Test func staysWithinTheMemory() throws {
    #expect(try tune(memory: 0).front.allSatisfy { $0.replicaBytesPerRank == 0 })
    #expect(try tune(memory: 0).tried < tune(memory: nil).tried)
  }
}

@Suite struct LearnedAccuracyTests {
  /// Two layers; the second layer's experts follow from the first's, and the first's are uniform.
  private func trace(steps: Int) -> [RoutingStep] {
    var generator = SeededGenerator(seed: 5)
    return (0..<steps).map { number in
      let first = (0..<200).map { _ in UInt16(generator.below(8)) }
      return RoutingStep(number: number, tokens: 200, experts: first + first.map { ($0 + 3) % 8 })
    }
  }

  private func accuracy(_ steps: [RoutingStep]) throws -> LearnedAccuracy? {
    let header = TraceHeader(name: "t", content: .tokens, layerNumbers: [0, 1], experts: 8, topK: 1)
    let survey = try TraceSurvey(of: StoredSteps(header: header, steps: steps))
    let measurement = AccuracyMeasurement(for: survey, topK: 1)
    for step in steps { measurement?.observe(step) }
    return measurement?.result
  }

  @Test func thePreviousLayerTellsWhatFollowsFromIt() throws {
    let accuracy = try #require(try accuracy(trace(steps: 20)))
    #expect(abs(accuracy.frequency - 1.0 / 8) < 0.03)
    // All of the second layer, and an eighth of the first.
    #expect(abs(accuracy.previousLayer - (1 + 1.0 / 8) / 2) < 0.02)
  }

  @Test func needsTokensAndTwoSteps() throws {
    #expect(try accuracy(trace(steps: 1)) == nil)
    let counted = SmallTrace().counted
    #expect(AccuracyMeasurement(for: try TraceSurvey(of: counted.source()), topK: 2) == nil)
  }
}
