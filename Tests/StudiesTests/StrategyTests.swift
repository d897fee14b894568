import LoadBalancing
import PerformanceModel
import Replay
import Studies
import TestTraces
import Testing

/// What `advise` ranks, and what it does not.
@Suite struct StrategyTests {
  private func advise(
    _ trace: SmallTrace, memory: Double = 80e9, redundantSlotsPerRank: Int = 1, model: ModelShape? = nil,
    microsecondsPerFold: Double = 3
  ) throws -> Advice {
    var cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    cluster.gpu?.memory = memory
    let shape = try model ?? Fixture.model(experts: 16, topK: 2, layers: 3)
    return try AdviceJob(
      header: trace.header, machine: Machine(cluster), model: shape, linkSpeeds: [1],
      microsecondsPerFold: microsecondsPerFold,
      redundantSlotsPerRank: redundantSlotsPerRank, interval: 4, threads: 2, open: { trace.source() }
    ).run(surveying: trace.source())
  }

  @Test func `every strategy but none is tried with and without redundant slots`() throws {
    let sweep = try advise(SmallTrace(tokens: 200)).sweeps[0]
    let kinds = sweep.strategies.map { "\($0.name) \($0.redundantSlotsPerRank) \($0.interval ?? 0)" }
    let foreseeing = ["token-to-expert 0 4", "token-to-expert 1 4", "token-to-expert 1 1"]
    let all = Array(repeating: foreseeing, count: AdviceJob.accuracies.count).joined()
    #expect(kinds == ["none 0 0", "distribution-only 0 4", "distribution-only 1 4"] + all)
    #expect(sweep.betterStrategies.count == 2 + AdviceJob.accuracies.count)
    for better in sweep.betterStrategies {
      let same = sweep.strategies.filter { $0.name == better.name && $0.accuracy == better.accuracy }
      #expect(same.allSatisfy { $0.total >= better.total || !$0.hasActed })
    }
    let plain = try advise(SmallTrace(tokens: 200), redundantSlotsPerRank: 0).sweeps[0]
    #expect(plain.strategies == sweep.strategies.filter { $0.redundantSlotsPerRank == 0 })
  }

  /// The same policies as `replay` has, and their moves with them.
  @Test func `distribution-only gains what replay says, moves included`() throws {
    let trace = SmallTrace(tokens: 200)
    // Experts so large that their moves take several steps.
    var model = try Fixture.model(experts: 16, topK: 2, layers: 3)
    model.expertIntermediate = 8192
    let sweep = try advise(trace, model: model).sweeps[0]
    let schedule = "{kind: every, steps: 4, from: 4, migration: overlapped}"
    let setting = try ReplaySetting(
      header: trace.header, cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2), model: model)
    let replayed = try Fixture.replay(
      trace,
      [
        Fixture.policy("greedy", planner: "{kind: greedy}", schedule: schedule),
        Fixture.policy(
          "copies", planner: "{kind: duplicate-hottest, redundantSlotsPerRank: 1}", schedule: schedule,
          dispatch: "{kind: weighted}"),
      ], setting: setting
    ).policies
    for (strategy, policy) in zip(sweep.strategies.prefix(3), replayed) {
      #expect(abs(strategy.total - strategy.attention - policy.time.total) < 1e-6)
      #expect(strategy.movedExperts == policy.rebalances.movedExperts)
    }
    #expect(sweep.strategies[1].movedExperts > 0)
  }

  @Test func `without a plan there is no verdict, and a note says so`() throws {
    let advice = try advise(SmallTrace(tokens: 200).prefix(4), microsecondsPerFold: 0)
    let sweep = advice.sweeps[0]
    #expect(!sweep.hasVerdict && sweep.best == "none" && sweep.margin == 0)
    #expect(sweep.strategies[1...2].allSatisfy { !$0.hasActed })
    let wouldWin = sweep.strategies.contains { $0.total < sweep.strategies[0].total }
    #expect(wouldWin, "else there would be nothing to withhold")
    let note =
      "Policies distribution-only, distribution-only with 1 redundant: never rebalanced and kept the placement of the "
      + "beginning."
    #expect(advice.notes.contains(note))
    #expect(try self.advise(SmallTrace(tokens: 200).prefix(5)).sweeps[0].hasVerdict)
  }

  @Test func `redundant slots that do not fit are left out, with a note`() throws {
    let model = try Fixture.model(experts: 16, topK: 2, layers: 3)
    let fits = 3 * 4 * model.expertBytes
    let advice = try advise(SmallTrace(tokens: 200), memory: fits)
    #expect(advice.sweeps[0].strategies.allSatisfy { $0.redundantSlotsPerRank == 0 })
    #expect(advice.notes.count == 1)
    #expect(advice.notes.first?.hasPrefix("Redundant slots are left out: 5 slots a layer take") == true)
    let full = try self.advise(SmallTrace(tokens: 200), memory: fits - 1)
    #expect(full.notes.contains { $0.hasPrefix("Does not fit (static, distribution-only): 4 slots") })
  }
}
