import Diagnostics
import InMemoryLogging
import LoadBalancing
import Logging
import Replay
import TestTraces
import Testing

/// What a log says of rebalances, held against what the result counts.
@Suite struct RebalanceDecisionTests {
  /// The log of a replay, and its result.
  private func told(
    _ policies: [BalancingPolicy], threads: Int = 2, level: Logger.Level = .debug
  ) throws -> (entries: [InMemoryLogHandler.Entry], result: ReplayResult) {
    let handler = InMemoryLogHandler()
    let result = try withLogger(logLevel: level, handler: handler) { _ in
      try Fixture.replay(SmallTrace(layers: 4, steps: 24), policies, threads: threads)
    }
    return (handler.entries, result)
  }

  private func policies() throws -> [BalancingPolicy] {
    let every = "kind: every, steps: 4"
    return try [
      ("blocking", "{\(every)}"), ("chunked", "{\(every), layersPerStep: 1}"),
      ("overlapped", "{\(every), migration: overlapped}"), ("picky", "{\(every), minimumGain: 0.99}"),
      ("content", "{\(every), unlessBalanced: 0.01}"), ("slow", "{\(every), planSteps: 6}"),
      ("threshold", "{kind: threshold, balancedness: 0.01, checkEvery: 4}"),
    ].map { try Fixture.policy($0, schedule: $1) }
  }

  @Test func `plans, moves and what was skipped are those of the result`() throws {
    let (entries, result) = try told(policies())
    for policy in result.policies.dropFirst() {
      let own = entries.filter { $0.metadata["policy"] == "\(policy.name)" }
      func sum(_ key: String) -> Double { own.compactMap { $0.metadata[key].flatMap { Double("\($0)") } }.reduce(0, +) }
      let moved = sum("experts") - sum("dropped")
      #expect(moved == Double(policy.rebalances.movedExperts), "\(policy.name)")
      let skipped = own.count { ["minimumGain", "unlessBalanced"].contains("\($0.metadata["gate"] ?? "")") }
      #expect(skipped == policy.rebalances.skipped)
      let plans = own.filter { $0.metadata["ready"] != nil }
      if policy.name != "slow" { #expect(plans.count == policy.rebalances.count, "\(policy.name)") }
      // What is sent while links are idle is no time of steps.
      if policy.name != "overlapped" {
        #expect(abs(sum("microseconds") - (policy.time.migration ?? 0)) < 1e-6, "\(policy.name)")
      }
    }
  }

  @Test(
    "Every gate says that it was it",
    arguments: [
      ("picky", "minimumGain", 5), ("content", "unlessBalanced", 5), ("threshold", "threshold", 5),
      ("slow", "underway", 2),
    ])
  func gates(policy: String, gate: String, count: Int) throws {
    let entries = try told(policies()).entries.filter { $0.metadata["policy"] == "\(policy)" }
    let found = entries.filter { $0.metadata["gate"] == "\(gate)" }
    #expect(found.count == count, "\(entries.map(\.message))")
    #expect(found.allSatisfy { "\($0.message)".contains("\(policy) on test: ") })
  }

  @Test func `steps ascend, and threads change nothing`() throws {
    let logs = try [1, 2, 5].map { try told(policies(), threads: $0).entries.map { "\($0.message)" } }
    #expect(Set(logs).count == 1)
    let steps = logs[0].compactMap { $0.firstMatch(of: #/^step (\d+),/#).flatMap { Int($0.1) } }
    #expect(steps.count > 20 && steps == steps.sorted())
    #expect(logs[0].contains { $0.hasPrefix("machine test: 4 ranks on 2 nodes") })
  }

  @Test func `a plan is said to serve when it does`() throws {
    let policy = try Fixture.policy("chunked", schedule: "{kind: once, at: 4, layersPerStep: 1}")
    let entries = try told([policy]).entries.filter { $0.metadata["policy"] == "chunked" }
    #expect(entries.filter { $0.metadata["serves"] != nil }.map { $0.metadata["step"] } == ["7"])
  }

  @Test func `where nobody listens nothing is told, and results are the same`() throws {
    let (entries, result) = try told(policies(), level: .info)
    #expect(entries.isEmpty)
    let listened = try told(policies()).result
    #expect(listened.policies == result.policies && listened.notes == result.notes)
  }

  @Test func `lines are the messages as they are`() throws {
    let lines = Guarded<[String]>([])
    let write: @Sendable (String) -> Void = { line in lines.withLock { $0.append(line) } }
    try Log.lines(to: write) {
      Log.tell("first", ["a": "1"])
      try Log.unheard {
        #expect(!Log.isOn)
        Log.tell("unheard")
        if Log.isOn { throw InputError("listened") }
      }
      Log.tell("second")
    }
    #expect(lines.withLock { $0 } == ["first", "second"] && !Log.isOn)
  }
}
