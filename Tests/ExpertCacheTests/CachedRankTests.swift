import Diagnostics
import ExpertCache
import Testing

/// A rank's clock, its copy engine and what is fetched ahead.
@Suite struct CachedRankTests {
  private static func recipe(_ prefetch: String?) throws -> CacheRecipe {
    let text = "replacement: {kind: lru}\n" + (prefetch.map { "prefetch: \($0)\n" } ?? "")
    return try CacheRecipe(settings: Settings(parsing: text, name: "cache.yaml"))
  }

  /// When each need's experts start, 4 microseconds a layer and 10 a fetch.
  private static func starts(
    _ needs: Needs, capacity: Int, rule: String = "lru", prefetch: String? = nil
  ) throws -> (starts: [Double], end: Double, counts: ExpertCache.Counts) {
    let recipe = try recipe(prefetch)
    let future = needs.future
    var rank = CachedRank(
      layers: needs.layers, experts: needs.experts, capacity: capacity,
      rule: try Replacements.registry.named(rule), future: future)
    var prefetcher = recipe.prefetch?.make(
      PrefetchContext(layers: needs.layers, experts: needs.experts, future: future))
    var (now, starts) = (0.0, [Double]())
    for step in needs.steps {
      now += rank.beginStep(isNewSequence: false, at: now) { _ in 10 }
      prefetcher?.beginStep(sequences: [0])
      for need in step {
        let start = rank.serve(need, at: now, fetchTime: { _ in 10 }).compactMap(\.self).max() ?? now
        starts.append(start)
        let visits = need.experts.map { UInt16($0) }
        if let wanted = prefetcher?.wanted(
          after: ServedLayer(need: need, visits: visits[...], topK: need.experts.count))
        {
          rank.prefetch(wanted, at: now)
        }
        now = start + 4
      }
    }
    return (starts, now, rank.counts)
  }

  /// Two layers, one expert a token, room for two: a0 b0, a1 b0, a0 b0.
  private static let tokens = Needs(of: [[[0], [0]], [[1], [0]], [[0], [0]]], experts: 2)

  @Test func `demand alone waits for every miss`() throws {
    let (starts, end, counts) = try Self.starts(Self.tokens, capacity: 2)
    #expect(starts == [10, 24, 38, 42, 56, 60])
    #expect(end == 64)
    #expect((counts.accesses, counts.hits, counts.loads) == (6, 2, 4))
  }

  @Test func `knowing the next layer saves waiting and no bytes`() throws {
    let (starts, end, counts) = try Self.starts(Self.tokens, capacity: 2, prefetch: "{kind: next-layer}")
    #expect(starts == [10, 20, 30, 34, 44, 48])
    #expect(end == 52)
    // One on demand and three ahead, all of which are on their way when they are needed.
    #expect((counts.accesses, counts.hits, counts.lateHits, counts.loads) == (6, 2, 3, 4))
    #expect(counts.wasted == 0)
  }

  /// A layer needs 0, and 1 is fetched for a need that never comes; 2 takes its place.
  @Test func `what is fetched ahead and evicted unused is wasted`() throws {
    var rank = CachedRank(layers: 1, experts: 4, capacity: 2, rule: try Replacements.registry.named("lru"))
    func serve(_ expert: Int, at now: Double) -> [Double?] {
      rank.serve(LayerNeed(layer: 0, experts: [expert], visits: [1]), at: now, fetchTime: { _ in 10 })
    }
    #expect(serve(0, at: 0) == [10])
    rank.prefetch([WantedExpert(item: 1, ahead: 1)], at: 0)
    #expect(serve(0, at: 14) == [14])
    // Under way since 10, so that the next copy waits for its end.
    #expect(serve(2, at: 18) == [30])
    #expect(serve(3, at: 34) == [44])
    #expect(rank.counts.wasted == 1)
    #expect(rank.counts.loads == 4)
  }

  /// Only one place besides what is needed: the nearer layer's expert keeps it, and fetching ahead stops.
  @Test func `a farther layer takes no place from a nearer one`() throws {
    var rank = CachedRank(layers: 3, experts: 2, capacity: 2, rule: try Replacements.registry.named("lru"))
    _ = rank.serve(LayerNeed(layer: 0, experts: [0], visits: [1]), at: 0, fetchTime: { _ in 10 })
    rank.prefetch([WantedExpert(item: 2, ahead: 1), WantedExpert(item: 4, ahead: 2)], at: 0)
    let second = rank.serve(LayerNeed(layer: 1, experts: [0], visits: [1]), at: 100, fetchTime: { _ in 10 })
    #expect(second == [100])
    let third = rank.serve(LayerNeed(layer: 2, experts: [0], visits: [1]), at: 104, fetchTime: { _ in 10 })
    #expect(third == [114])
    #expect(rank.counts.hits == 1)
  }

  @Test func `what is needed goes before what is fetched ahead at the same moment`() throws {
    var rank = CachedRank(layers: 1, experts: 4, capacity: 3, rule: try Replacements.registry.named("lru"))
    _ = rank.serve(LayerNeed(layer: 0, experts: [0], visits: [1]), at: 0, fetchTime: { _ in 10 })
    rank.prefetch([WantedExpert(item: 1, ahead: 1)], at: 0)
    let ready = rank.serve(LayerNeed(layer: 0, experts: [2], visits: [1]), at: 10, fetchTime: { _ in 10 })
    #expect(ready == [20])
  }

  @Test func `of what a layer is to need the more urgent keeps its place`() throws {
    var rank = CachedRank(layers: 2, experts: 2, capacity: 2, rule: try Replacements.registry.named("lru"))
    _ = rank.serve(LayerNeed(layer: 0, experts: [0], visits: [1]), at: 0, fetchTime: { _ in 10 })
    rank.prefetch([WantedExpert(item: 2, ahead: 1), WantedExpert(item: 3, ahead: 1)], at: 0)
    let ready = rank.serve(LayerNeed(layer: 1, experts: [0], visits: [1]), at: 100, fetchTime: { _ in 10 })
    #expect(ready == [100])
    #expect(rank.counts.loads == 2)
  }

  @Test(arguments: 0..<12)
  func `the minimum's hits are those that are counted on the way`(seed: Int) throws {
    let needs = Needs(layers: 3, experts: 8, steps: 60, tokens: 1, topK: 2, skew: 2, seed: UInt64(seed))
    for capacity in [2, 5, 9, 14] {
      let counts = try Self.starts(needs, capacity: capacity, rule: "minimum").counts
      #expect(counts.hits == needs.minimum(capacity: capacity))
    }
  }

  @Test(arguments: ["lru", "lfu", "next-use", "minimum"], ["next-layer", "previous-layer"])
  func `every access is a hit, a late hit or a load`(rule: String, prefetch: String) throws {
    let needs = Needs(layers: 4, experts: 8, steps: 60, tokens: 2, topK: 2, skew: 2, seed: 7)
    let (_, end, counts) = try Self.starts(
      needs, capacity: 12, rule: rule, prefetch: "{kind: \(prefetch), depth: 2}")
    #expect(counts.accesses == needs.items.joined().count)
    let misses = counts.accesses - counts.hits - counts.lateHits
    #expect(misses >= 0 && counts.loads >= misses && counts.wasted <= counts.loads - misses)
    // Never later than with every access a load.
    #expect(end <= Double(240 * 4 + counts.accesses * 10 + 240 * 10))
  }

  @Test func `certain knowledge with time to fetch leaves nothing to wait for`() throws {
    // A fetch takes as long as two layers: with room for all and one expert a layer, the engine is behind by half.
    let needs = Needs(of: (0..<30).map { [[$0 % 3], [($0 + 1) % 3], [0]] }, experts: 3)
    let demand = try Self.starts(needs, capacity: 9)
    let ahead = try Self.starts(needs, capacity: 9, prefetch: "{kind: next-layer, depth: 2}")
    #expect(ahead.end < demand.end)
    #expect(ahead.counts.loads == demand.counts.loads)
  }

  @Test func `what is left to the host is neither loaded nor kept`() throws {
    var rank = CachedRank(layers: 1, experts: 4, capacity: 2, rule: try Replacements.registry.named("lru"))
    let need = LayerNeed(layer: 0, experts: [0, 1], visits: [5, 1])
    for _ in 0..<2 {
      let ready = rank.serve(need, at: 0, fetchTime: { _ in 10 }, isLeft: { need.visits[$0] < 3 })
      #expect(ready == [10, nil])
    }
    let counts = rank.counts
    #expect((counts.accesses, counts.hits, counts.lateHits, counts.hostComputed, counts.loads) == (4, 0, 1, 2, 1))
  }
}
