import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Where tokens start, as a replay has it.
@Suite struct TokenSourcesReplayTests {
  static func setting(
    _ header: TraceHeader, ranks: Int = 4, ranksPerNode: Int = 2, sources: TokenSources = TokenSources()
  ) throws -> ReplaySetting {
    try ReplaySetting(
      header: header, cluster: Fixture.cluster(ranks: ranks, ranksPerNode: ranksPerNode),
      model: Fixture.model(experts: header.experts, topK: header.topK ?? 1, layers: header.layers), sources: sources)
  }

  /// The small trace as prefill whose tokens are all of one sequence in each step.
  static func prefill() -> StoredSteps {
    let trace = SmallTrace()
    return StoredSteps(
      header: trace.header,
      steps: trace.steps.map { step in
        var step = step
        step.phase = .prefill
        step.sequences = Array(repeating: UInt32(step.number), count: step.tokens)
        return step
      })
  }

  static func replay(
    _ sources: TokenSources, seed: UInt64 = 0, _ steps: () -> StoredSteps = prefill
  ) throws -> ReplayResult {
    let source = steps()
    let job = ReplayJob(
      setting: try setting(source.header, sources: sources), baseline: .static,
      policies: [try Fixture.policy("eplb")], seed: seed, threads: 2)
    return try job.run(on: source).result
  }

  @Test func `a step that starts on one rank is priced and told as such`() throws {
    let (even, bySequence) = (try Self.replay(TokenSources()), try Self.replay(TokenSources(.sequence)))
    #expect(even.sources?.rules == ["even"] && even.sources?.busiest == 1)
    #expect(bySequence.sources?.rules == ["sequence"] && bySequence.sources?.busiest == 4)
    #expect(bySequence.policies[0].time.comm > even.policies[0].time.comm)
    #expect(!even.notes.contains { $0.contains("busiest rank") })
    #expect(bySequence.notes.count { $0.hasPrefix("On average 4.0 times the mean") } == 1)
    // What experts do does not depend on where tokens start.
    #expect(even.policies.map(\.time.experts) == bySequence.policies.map(\.time.experts))
  }

  @Test func `random sources follow the seed of the replay`() throws {
    let first = try Self.replay(TokenSources(.random), seed: 1)
    #expect(try Self.replay(TokenSources(.random), seed: 1) == first)
    #expect(try Self.replay(TokenSources(.random), seed: 2).policies[0].time.comm != first.policies[0].time.comm)
  }

  @Test func `jobs of other ranks and rules share a reading and get what they would alone`() throws {
    let choices: [(ranks: Int, sources: TokenSources)] = [
      (4, TokenSources()), (8, TokenSources(.sequence)), (4, TokenSources(.sequence)), (2, TokenSources(.random)),
      (8, TokenSources(.even, attentionRanks: 4)), (4, TokenSources()),
    ]
    let header = Self.prefill().header
    let jobs = try choices.map { ranks, sources in
      ReplayJob(
        setting: try Self.setting(header, ranks: ranks, sources: sources), baseline: .static,
        policies: [try Fixture.policy("eplb")], seed: 5, threads: 2)
    }
    let together = try ReplayPass(jobs, threads: 2, open: nil).run(on: Self.prefill()).results.map { $0[0] }
    let alone = try jobs.map { try $0.run(on: Self.prefill()).result }
    #expect(together == alone)
    #expect(Set(together.map(\.policies[0].time.comm)).count == 5)
  }

  @Test func `counts say what they assume and refuse another rule`() throws {
    let trace = SmallTrace().counted
    let even = try Fixture.replay(trace, [], setting: Self.setting(trace.header, sources: TokenSources(.even)))
    #expect(even.sources == nil)
    #expect(even.notes.contains(ReplayResult.countsNote) && even.sourceNotes == [ReplayResult.countsNote])
    #expect(throws: InputError.self) { try Self.setting(trace.header, sources: TokenSources(.random)) }
  }

  @Test func `planners are told of the sources that were chosen`() throws {
    func spread(_ sources: TokenSources) throws -> Double {
      let steps = Self.prefill()
      var summary = RoutingSummary(of: try Self.setting(steps.header, sources: sources))
      while let step = try steps.next() { try summary.add(step) }
      return summary.sources.source
    }
    #expect(try spread(TokenSources()) == 1)
    #expect(try spread(TokenSources(.sequence)) == 4)
    #expect(try spread(TokenSources(.sequence, attentionRanks: 2)) == 2)
  }
}
