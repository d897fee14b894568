import Diagnostics
import ExpertCache
import LoadBalancing
import PerformanceModel
import Replay
import Studies
import TestTraces
import Testing

/// How much memory for experts keeps a share of the speed.
@Suite struct RoomSearchTests {
  private static let trace = SmallTrace(layers: 4, experts: 16, topK: 2, steps: 60, tokens: 2)
  private static let storage = "storage: {host: {bandwidth: 100 GB/s}}"

  private static func search(_ rule: String = "lru", ranks: Int = 1, extra: String = storage) throws -> RoomSearch {
    try RoomSearch(
      setting: Fixture.setting(trace, ranks: ranks, ranksPerNode: ranks, extra: extra),
      policy: BalancingPolicy(
        name: "cached", planner: StaticPlanner(), schedule: RebalanceSchedule(.never),
        cache: CacheRecipe(replacement: Replacements.registry.named(rule))), threads: 2, open: { trace.source() })
  }

  @Test(arguments: [0.2, 0.5, 0.9])
  func `the least room tried that is fast enough is the answer, and no wider one was left out`(speed: Double) throws {
    let result = try Self.search().run(speed: speed)
    let least = try #require(result.least)
    #expect(least.speed >= speed)
    #expect(result.rooms.filter { $0.experts < least.experts }.allSatisfy { $0.speed < speed })
    #expect(result.rooms.map(\.experts) == result.rooms.map(\.experts).sorted())
    #expect(result.rooms.last?.experts == 64)
    // Between the room before and this one lie few.
    let before = result.rooms.last { $0.experts < least.experts }?.experts ?? 0
    #expect(least.experts - before <= 1)
  }

  /// Every room by itself is what the search says of it.
  @Test func `speeds are those of the second half of a replay`() throws {
    let result = try Self.search("lfu").run(speed: 0.5)
    for room in result.rooms.prefix(4) {
      #expect(abs(room.speed * room.stepTime - result.stepTime) < 1e-9)
      #expect(room.bytes == Double(room.experts) * 3 * 1024 * 512 * 2)
    }
    #expect(result.all == result.rooms.last?.bytes)
    let setting = try Fixture.setting(Self.trace, ranks: 1, ranksPerNode: 1, extra: Self.storage)
    let policies = try result.rooms.map { room in
      try BalancingPolicy(
        name: "\(room.experts)", planner: StaticPlanner(), schedule: RebalanceSchedule(.never),
        cache: CacheRecipe(room: .experts(room.experts), replacement: Replacements.registry.named("lfu")))
    }
    let job = ReplayJob(setting: setting, policies: policies, seed: 0, threads: 1, open: { Self.trace.source() })
    let courses = try ReplayPass([job], threads: 1, open: { Self.trace.source() })
      .run(on: Self.trace.source(), keepsCourses: true).courses[0][0]
    for (course, room) in zip(courses.dropFirst(), result.rooms) {
      let later = course.time.totalPerStep[30...]
      #expect(abs(later.reduce(0, +) / 30 - room.stepTime) < 1e-6)
    }
  }

  @Test func `ranks have room for their own part`() throws {
    let result = try Self.search(ranks: 4).run(speed: 0.5)
    #expect(result.rooms.last?.experts == 16)
    #expect(result.ranks == 4)
  }

  @Test func `a rule with places for each layer has no less`() throws {
    #expect(try Self.search("lru-per-layer").run(speed: 0.5).rooms[0].experts == 4)
  }

  @Test func `what has no cache, or nowhere to load from, is refused`() throws {
    #expect(throws: InputError.self) {
      try RoomSearch(setting: Fixture.setting(Self.trace), policy: .static, threads: 1, open: { Self.trace.source() })
    }
    #expect(throws: InputError.self) { try Self.search(extra: "").run(speed: 0.5) }
  }
}
