import Diagnostics
import ExpertCache
import Inspection
import RoutingTrace
import Testing

/// How often visits find their expert at hand, as `inspect` tells it.
@Suite struct CacheSurveyTests {
  /// Two layers of four experts, top-1, a token a step, of two sequences one after the other.
  private static func steps(sequences: Bool = true) -> StoredSteps {
    let header = TraceHeader(name: "one by one", content: .tokens, layerNumbers: [0, 1], experts: 4, topK: 1)
    let experts: [[UInt16]] = [[0, 1], [1, 1], [0, 2], [0, 1], [3, 1], [0, 1]]
    return StoredSteps(
      header: header,
      steps: experts.enumerated().map { index, experts in
        RoutingStep(number: index, tokens: 1, experts: experts, sequences: sequences ? [index < 3 ? 0 : 1] : nil)
      })
  }

  private static func inspection(_ steps: StoredSteps, _ residents: [Int]) throws -> TraceInspection {
    try TraceInspection(steps, residents: residents) { nil }
  }

  @Test func `hits are counted by each rule, and the most that there can be`() throws {
    let caches = try #require(try Self.inspection(Self.steps(), [2, 4, 8]).caches)
    #expect(caches.map(\.share) == [0.25, 0.5, 1])
    #expect(caches.map(\.accesses) == [12, 12, 12])
    let lru = caches.map { cache in cache.rules.first { $0.rule == "lru" }?.hits }
    // With two places: 0 1 | 1 1 | 0 2 | 0 1 | 3 1 | 0 1, layer 1's after layer 0's, hits in the places (1, step 1),
    // (0, step 3), (1, step 4), (1, step 5).
    #expect(lru == [4, 7, 7])
    for cache in caches {
      #expect(cache.rules.map(\.hits) == cache.rules.map(\.hits).sorted(by: >))
      #expect(Set(cache.rules.map(\.rule)) == Set(Replacements.plain.map(\.name)))
      for rule in cache.rules { #expect(rule.hits <= cache.bound.hits) }
      #expect(cache.minimum.hits <= cache.bound.hits && cache.minimum.loads == 12 - cache.minimum.hits)
      #expect(cache.bound.hitRate == Double(cache.bound.hits) / 12)
    }
    // With room for all, only the five experts that are touched at all are loaded.
    #expect(caches[2].minimum.hits == 7)
    #expect(try Self.inspection(Self.steps(), []).caches == nil)
  }

  @Test func `counts need what has a load`() throws {
    let header = TraceHeader(name: "counts", content: .counts, layerNumbers: [0], experts: 4, topK: 1)
    let steps = [[2, 0, 1, 0], [0, 0, 3, 0], [1, 0, 0, 2]].enumerated().map { index, counts in
      RoutingStep(number: index, tokens: 3, counts: counts.map { UInt64($0) })
    }
    let caches = try #require(try Self.inspection(StoredSteps(header: header, steps: steps), [4]).caches)
    #expect(caches[0].accesses == 5 && caches[0].bound.hits == 2)
  }

  @Test func `a trace without sequences says what that means to a rule by sequence`() throws {
    #expect(try Self.inspection(Self.steps(), [4]).notes == [])
    let notes = try Self.inspection(Self.steps(sequences: false), [4]).notes
    #expect(notes == ["The trace does not tell sequences apart: to activation-aware all its tokens are one."])
  }

  @Test func `room has to hold a token's experts, and at most all`() {
    let few = #expect(throws: InputError.self) { try Self.inspection(Self.steps(), [0]) }
    #expect(few?.message == "room for 0 experts, but a token visits 1 of a layer")
    let many = #expect(throws: InputError.self) { try Self.inspection(Self.steps(), [9]) }
    #expect(many?.message == "room for 9 experts, but there are 8")
  }
}
