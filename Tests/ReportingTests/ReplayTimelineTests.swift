import Diagnostics
import ExpertCache
import Foundation
import LoadBalancing
import Replay
import Reporting
import TestTraces
import Testing

/// A timeline is what viewers read, and adds up.
@Suite struct ReplayTimelineTests {
  private static func policies() throws -> [BalancingPolicy] {
    [
      try Fixture.policy("blocking", schedule: "{kind: every, steps: 3, migration: blocking}"),
      try Fixture.policy("arriving", schedule: "{kind: every, steps: 3, migration: overlapped}"),
      try Fixture.policy(
        "sharing", schedule: "{kind: every, steps: 4, migration: {kind: overlapped, bandwidthShare: 0.5}}"),
      try Fixture.policy(
        "sl\"ow\\", predictor: "{kind: learned, given: nothing, steps: 4, overheadMicroseconds: 3}",
        schedule: "{kind: every, steps: 5}"),
    ]
  }

  private static func text(
    overlap: String = "none", steps: Range<Int> = 0..<16, threads: Int = 2
  ) throws -> (text: String, told: [StepResult]) {
    let trace = SmallTrace(steps: 16)
    let settings = try [4, 8].map { try Fixture.setting(trace, ranks: $0, extra: "overlap: \(overlap)") }
    let job = ReplayJob(on: settings, policies: try policies(), threads: threads, open: { trace.source() })
    var timeline = ReplayTimeline()
    var text = timeline.head
    var told: [StepResult] = []
    let results = try job.runOnAll(
      trace.source(), observer: StepObserver { told.append($0) },
      timeline: TimelineObserver(steps: steps) { text += try timeline.text(of: $0) }
    ).results
    return (text + (try timeline.end(of: results)), told)
  }

  @Test func `it is as its schema says`() throws {
    try JSONSchemaTests.check([Self.text().text], against: "timeline")
  }

  @Test(arguments: ["none", "full", "{fraction: 0.7, derate: 0.8}", "{fraction: 0.7, derate: 0.8, computeDerate: 0.6}"])
  func `threads are in order, and nothing overlaps but layers within steps`(overlap: String) throws {
    let events = try TimelineEvents(Self.text(overlap: overlap).text)
    #expect(events.mistakes == [])
    #expect(Set(events.slices.map(\.process)) == Set(1...10))
    let links = events.slices.contains { $0.thread >= 2000 && $0.thread % 2 == 1 }
    #expect(links == (overlap != "none"))
    for slice in events.slices where !slice.name.hasPrefix("moves of") {
      #expect(abs(Double(slice.end - slice.start) / 1000 - slice.us) <= 0.001_001, "\(slice)")
    }
  }

  @Test(arguments: ["none", "full", "{fraction: 0.7, derate: 0.8}", "{fraction: 0.7, derate: 0.8, computeDerate: 0.6}"])
  func `every wait ends when the rank that it is for is done`(overlap: String) throws {
    let events = try TimelineEvents(Self.text(overlap: overlap).text)
    var waits = 0
    for (_, slices) in events.ofRanks {
      for wait in slices where wait.name == "waiting" {
        let part = try #require(wait.arguments["part"] as? String)
        let rank = try #require((wait.arguments["for"] as? String)?.split(separator: " ").last.flatMap { Int($0) })
        let last = try #require(slices.first { $0.name == part && ($0.thread - 2000) / 2 == rank })
        let own = slices.first { $0.name == part && $0.thread == wait.thread }
        #expect(last.end == wait.end && (own?.end ?? last.start) == wait.start)
        #expect(abs((own?.us ?? 0) + wait.us - last.us) <= 1e-9 * last.us)
        waits += 1
      }
    }
    #expect(waits > 1000)
  }

  @Test func `a rank's parts and waits take its layer's time, and layers and moves their step's`() throws {
    let (text, told) = try Self.text()
    let events = try TimelineEvents(text)
    let steps = events.slices.filter { $0.name.hasPrefix("step ") }
    #expect(steps.count == told.count)
    for (index, step) in steps.enumerated() {
      let total = told[index].policy.time.total
      #expect(abs(step.us - total) <= 1e-9 * total)
      let number = step.arguments["ordinal"] as? Int
      let parts = events.slices.filter {
        $0.process == step.process && $0.thread == 1000 && $0.arguments["step"] as? Int == number
      }
      #expect(abs(parts.reduce(0) { $0 + $1.us } - total) <= 1e-9 * total)
      let next = steps.first { $0.process == step.process && $0.arguments["ordinal"] as? Int == (number ?? 0) + 1 }
      if let next { #expect(next.start == step.end) }
    }
    let ranks = events.ofRanks
    for layer in events.slices where layer.name.hasPrefix("layer ") {
      let ofThreads = Dictionary(grouping: ranks[layer.layer] ?? [], by: \.thread)
      #expect(ofThreads.count == (layer.process % 10 == 0 || layer.process > 5 ? 8 : 4))
      for (_, parts) in ofThreads {
        let sum = parts.reduce(0) { $0 + $1.us }
        #expect(abs(sum - layer.us) <= 1e-9 * layer.us)
        #expect(parts.map(\.start).min() == layer.start && parts.map(\.end).max() == layer.end)
      }
    }
    #expect(events.slices.contains { $0.name == "moves" } && events.slices.contains { $0.name == "prediction" })
    #expect(events.slices.contains { $0.name.hasPrefix("moves of layer") })
  }

  @Test(arguments: ["none", "{fraction: 0.7, derate: 0.8}"], ["blocking", "overlapped"])
  func `waiting for experts comes before them, and is part of its layer's time`(overlap: String, fetch: String) throws {
    let trace = SmallTrace(steps: 6)
    let setting = try Fixture.setting(
      trace, extra: "overlap: \(overlap)\nstorage: {host: {bandwidth: 10 GB/s}}")
    let policy = try BalancingPolicy(
      name: "cached", planner: StaticPlanner(), schedule: RebalanceSchedule(.never),
      cache: CacheRecipe(
        room: .experts(4), replacement: Replacements.registry.named("lru"),
        fetch: #require(CacheRecipe.Fetch(rawValue: fetch))))
    let job = ReplayJob(setting: setting, policies: [policy], seed: 0, threads: 2, open: { trace.source() })
    var timeline = ReplayTimeline()
    var text = timeline.head
    let results = try job.runOnAll(
      trace.source(), timeline: TimelineObserver(steps: 0..<6) { text += try timeline.text(of: $0) }
    ).results
    let events = try TimelineEvents(text + timeline.end(of: results))
    #expect(events.mistakes == [])
    let stalls = events.slices.filter { $0.name == "waiting for experts" && $0.thread == 2000 }
    let stall = try #require(results[0].policies[1].time.stall)
    #expect(abs(stalls.reduce(0) { $0 + $1.us } / stall - 1) < 1e-9)
    for slice in events.slices {
      #expect(abs(Double(slice.end - slice.start) / 1000 - slice.us) <= 0.001_001, "\(slice)")
    }
    for (_, slices) in events.ofRanks {
      for wait in slices where wait.name == "waiting for experts" {
        let experts = try #require(slices.first { $0.name == "experts" && $0.thread == wait.thread })
        #expect(experts.start == wait.end)
      }
    }
  }

  @Test func `it is the same on any number of threads, and begins with the first step that is shown`() throws {
    #expect(try Self.text(threads: 1).text == Self.text(threads: 5).text)
    let events = try TimelineEvents(Self.text(steps: 6..<9).text)
    let steps = events.slices.filter { $0.name.hasPrefix("step ") }
    #expect(Set(steps.map(\.name)) == ["step 6", "step 7", "step 8"])
    #expect(steps.filter { $0.name == "step 6" }.allSatisfy { $0.start == 0 })
  }

  @Test func `more steps than a browser holds are refused, with how many it holds`() throws {
    let setting = try Fixture.setting(SmallTrace(steps: 1))
    let room = ReplayTimeline.mostEvents / (3 * 4 * 2 * 9)
    try ReplayTimeline.check(0..<room, of: [setting], policies: 2, option: "--x")
    let error = #expect(throws: InputError.self) {
      try ReplayTimeline.check(5..<room + 6, of: [setting], policies: 2, option: "--x")
    }
    #expect(error?.status == .usage)
    let most = "expected at most \(Readable.count(room, "step")):"
    #expect(error?.description.contains(most) == true)
    #expect(error?.description.hasPrefix("--x: ") == true)
  }

  @Test func `a report has none`() throws {
    let error = #expect(throws: InputError.self) { try ReplayReportTests.result.get().perfetto() }
    #expect(error?.status == .usage)
  }
}

extension ReplayResult {
  fileprivate func perfetto() throws -> String { try ReplayReport(self).text(as: .perfetto) }
}
