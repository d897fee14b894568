import LoadBalancing
import Replay
import Studies
import TestTraces
import Testing

/// How many redundant slots buy which resilience: 16 experts on 4 ranks.
@Suite struct SafetyTests {
  @Test func `further copies of half, all and all twice are looked at`() throws {
    let found = try #require(try ScreenFixture.job(ScreenFixture.steady, asksResilience: true).run().safety)
    let schedule = "window=8,steps=8"
    #expect(
      found.map(\.policy) == [
        "static:redundantSlotsPerRank=0", "eplb:redundantSlotsPerRank=0,\(schedule)",
        "static:redundantSlotsPerRank=2", "eplb:redundantSlotsPerRank=2,\(schedule)",
        "static:redundantSlotsPerRank=4", "eplb:redundantSlotsPerRank=4,\(schedule)",
        "resilient:minimumCopies=2,redundantSlotsPerRank=4,\(schedule)",
        "static:redundantSlotsPerRank=8", "eplb:redundantSlotsPerRank=8,\(schedule)",
        "resilient:minimumCopies=3,redundantSlotsPerRank=8,\(schedule)",
      ])
    for row in found where !row.policy.hasPrefix("eplb") {
      #expect(row.resilience.toleratedFailures == row.redundantSlotsPerRank / 4, "\(row.policy)")
    }
    #expect(found[0].gain == 0 && found[0].replicaBytesPerRank == 0)
    #expect(found[2].replicaBytesPerRank > 0 && found[9].replicaBytesPerRank == 4 * found[2].replicaBytesPerRank)
  }

  @Test func `its figures are those of a replay of all steps`() throws {
    let trace = ScreenFixture.steady
    let found = try #require(try ScreenFixture.job(trace, asksResilience: true).run().safety)
    let policies = try found.map { try ScreenPolicy.named($0.policy) }
    let result = try ReplayJob(setting: Fixture.setting(trace), policies: policies, threads: 1)
      .run(on: trace.source()).result
    for (row, policy) in zip(found, result.policies.dropFirst()) {
      #expect(row.gain == policy.improvement.total && row.resilience == policy.resilience)
      #expect(row.gainLow == policy.improvement.totalLow && row.gainHigh == policy.improvement.totalHigh)
      #expect(row.noInterval == (row.gainLow == nil ? policy.improvement.noInterval : nil))
      if let low = row.gainLow, let high = row.gainHigh { #expect((low...high).contains(row.gain)) }
      #expect(row.stepTime == policy.time.total / 96)
    }
    #expect(found.contains { $0.gainLow != nil })
  }

  @Test func `what does not fit is said, and it is asked for`() throws {
    let job = try ScreenFixture.job(ScreenFixture.steady, memory: 3 * 2 * 3 * 1024 * 512 * 2, asksResilience: true)
    let screening = try job.run()
    #expect(screening.safety?.map(\.redundantSlotsPerRank) == [0, 0, 2, 2])
    #expect(screening.notes.contains("Not looked at for resilience, for lack of memory: redundant slots 4, 8."))
    #expect(try ScreenFixture.job(ScreenFixture.steady).run().safety == nil)
  }
}
