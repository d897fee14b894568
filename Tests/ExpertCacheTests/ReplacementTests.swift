import ExpertCache
import Testing

/// Laws of what a cache keeps, by every rule.
@Suite struct ReplacementTests {
  private static let rules = Replacements.plain.map(\.name)
  private static let drawn = [
    Needs(layers: 3, experts: 8, steps: 40, tokens: 1, topK: 2, seed: 1),
    Needs(layers: 4, experts: 6, steps: 40, tokens: 3, topK: 1, skew: 3, seed: 2),
    Needs(layers: 2, experts: 9, steps: 40, tokens: 4, topK: 3, skew: 0, seed: 3),
  ]

  @Test(arguments: rules, [1, 2, 5, 9, 14, 100])
  func `every access is a hit or a load, and no rule has more hits than there can be`(rule: String, capacity: Int)
    throws
  {
    for needs in Self.drawn {
      let counts = try needs.counts(rule, capacity: capacity)
      let pinned = rule == "static" ? capacity : 0
      #expect(counts.accesses == needs.items.joined().count)
      #expect(counts.hits + counts.loads >= counts.accesses && counts.hits + counts.loads <= counts.accesses + pinned)
      #expect(counts.hits <= needs.minimum(capacity: capacity, streams: true))
    }
  }

  /// Where each need fits, all rules but ours keep what they load, and Belady's bounds them.
  @Test(arguments: ["lru", "lfu", "least-stale", "activation-aware"], [2, 5, 9])
  func `no rule that keeps what it loads beats Belady's`(rule: String, capacity: Int) throws {
    let needs = Self.drawn[0]
    #expect(try needs.counts(rule, capacity: capacity).hits <= needs.minimum(capacity: capacity))
  }

  @Test(arguments: rules)
  func `with room for all only the first access of each expert misses`(rule: String) throws {
    for needs in Self.drawn {
      let counts = try needs.counts(rule, capacity: needs.layers * needs.experts)
      #expect(counts.accesses - counts.hits == Set(needs.items.joined()).count)
      #expect(counts.hits == needs.minimum(capacity: needs.layers * needs.experts))
    }
  }

  @Test func `more room never means fewer hits for lru and for the minimum`() throws {
    for needs in Self.drawn where needs.steps[0][0].experts.count > 0 {
      let most = needs.layers * needs.experts
      let lru = try (1...most).map { try needs.counts("lru", capacity: $0).hits }
      #expect(lru == lru.sorted())
      for streams in [false, true] {
        let minimum = (1...most).map { needs.minimum(capacity: $0, streams: streams) }
        #expect(minimum == minimum.sorted())
      }
    }
  }

  /// Residents in the order of their last touch, and the need's experts at the end of it.
  private func recentHits(_ needs: Needs, capacity: Int, isPerLayer: Bool) -> Int {
    var residents = Array(repeating: [Int](), count: isPerLayer ? needs.layers : 1)
    let room = isPerLayer ? capacity / needs.layers : capacity
    var hits = 0
    for items in needs.items {
      let list = isPerLayer ? (items.first ?? 0) / needs.experts : 0
      hits += items.count { residents[list].contains($0) }
      for item in items where !residents[list].contains(item) {
        if residents[list].count == room {
          guard let oldest = residents[list].firstIndex(where: { !items.contains($0) }) else { continue }
          residents[list].remove(at: oldest)
        }
        residents[list].append(item)
      }
      let asked = items.filter { residents[list].contains($0) }
      residents[list] = residents[list].filter { !items.contains($0) } + asked
    }
    return hits
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 9, 14, 20, 40]) func `lru keeps what was touched last`(capacity: Int) throws {
    let long = Needs(layers: 3, experts: 20, steps: 200, tokens: 5, topK: 2, seed: 4)
    for needs in Self.drawn + [long] {
      for (rule, isPerLayer) in [("lru", false), ("lru-per-layer", true)] {
        let hits = try needs.counts(rule, capacity: capacity).hits
        #expect(hits == recentHits(needs, capacity: capacity, isPerLayer: isPerLayer))
      }
    }
  }

  @Test func `lru never hits where all but one layer's experts fit, one token at a time`() throws {
    let needs = Self.drawn[0]
    #expect(try needs.counts("lru", capacity: (needs.layers - 1) * 2).hits == 0)
    #expect(try needs.counts("lru", capacity: needs.layers * 2).hits > 0)
  }

  @Test func `lru of a token's experts in all layers is lru per layer`() throws {
    let needs = Self.drawn[0]
    let capacity = needs.layers * 2
    #expect(try needs.counts("lru", capacity: capacity) == needs.counts("lru-per-layer", capacity: capacity))
  }

  @Test func `places that do not make one for each layer stay unused`() throws {
    let needs = Self.drawn[0]
    #expect(try needs.counts("lru-per-layer", capacity: 8) == needs.counts("lru-per-layer", capacity: 6))
  }

  /// Ten experts of one layer in turn, four places.
  @Test func `what comes in turn is missed by lru and kept by the minimum`() throws {
    let needs = Needs(of: (0..<90).map { [[$0 % 10]] }, experts: 10)
    #expect(try needs.counts("lru", capacity: 4).hits == 0)
    // 3 of 9 in the long run.
    let long = Needs(of: (0..<9000).map { [[$0 % 10]] }, experts: 10)
    #expect(abs(Double(long.minimum(capacity: 4)) / 9000 - 3 / 9.0) < 1e-3)
    #expect(abs(Double(long.minimum(capacity: 4, streams: true)) / 9000 - 4 / 10.0) < 1e-3)
  }

  @Test func `what leaves is told by each rule's own measure`() throws {
    /// The expert of the last step that is gone before it.
    func gone(_ rule: String, _ steps: [[[Int]]], capacity: Int, newSequenceAt new: Int? = nil) throws -> [Int] {
      let needs = Needs(of: steps, experts: 8)
      return try (0..<8).filter { probe in
        var cache = ExpertCache(
          layers: steps[0].count, experts: 8, capacity: capacity, rule: try Replacements.registry.named(rule))
        for (index, step) in needs.steps.enumerated() {
          cache.beginStep(isNewSequence: index == 0 || index == new)
          for need in step { cache.serve(need) }
        }
        return cache.serve(LayerNeed(layer: 0, experts: [probe], visits: [1])) == [probe]
      }
    }
    // 0 twice, 1 once and later, then 2.
    let steps = [[[0]], [[0]], [[1]], [[2]]]
    #expect(try gone("lru", steps, capacity: 2) == [0, 3, 4, 5, 6, 7])
    #expect(try gone("lfu", steps, capacity: 2) == [1, 3, 4, 5, 6, 7])
    // 0 had two of three visits of its sequence; in a new one it had none, and the lowest goes.
    #expect(try gone("activation-aware", steps, capacity: 2) == [1, 3, 4, 5, 6, 7])
    #expect(try gone("activation-aware", [[[1]], [[1]], [[0]], [[2]]], capacity: 2, newSequenceAt: 3).contains(0))
    // Layer 1 wants a place in the third pass, which needed 1 of layer 0: 4 of the pass before is of no use in this one,
    // and 3 of layer 2 is older, but may be.
    let passes = [[[1], [2], [3]], [[4], [2], [5]], [[1], [6], [5]]]
    #expect(try gone("least-stale", passes, capacity: 5).contains(4))
    #expect(try !gone("lru", passes, capacity: 5).contains(4))
  }

  @Test func `what the first steps need most is loaded, and stays`() throws {
    let first = (0..<64).map { [[$0 % 4 == 0 ? 5 : $0 % 4 == 1 ? 6 : $0 % 4 == 2 ? 5 : 7]] }
    let later = (0..<30).map { _ in [[5], [6], [7]] }.joined().map { [$0] }
    let needs = Needs(of: first + later, experts: 8)
    var cache = ExpertCache(layers: 1, experts: 8, capacity: 2, rule: try Replacements.registry.named("static"))
    for (index, step) in needs.steps.enumerated() {
      cache.beginStep()
      let loaded = cache.serve(step[0])
      if index >= 64 { #expect(loaded == (step[0].experts == [7] ? [7] : [])) }
    }
  }

  @Test func `ours keeps what follows what, and streams what does not come again soon`() throws {
    // Pairs that alternate, and once in a while an expert that never comes again soon.
    let steps = (0..<400).map { step in [step % 10 == 9 ? [7] : step % 2 == 0 ? [0, 1] : [2, 3]] }
    let needs = Needs(of: steps, experts: 8)
    let (ours, lru) = try (needs.counts("next-use", capacity: 4), needs.counts("lru", capacity: 4))
    #expect(ours.hits > lru.hits)
    #expect(Double(ours.hits) > 0.97 * Double(needs.minimum(capacity: 4, streams: true)))
  }

  @Test func `a layer that needs more than there is streams the rest`() throws {
    let needs = Needs(of: [[[0, 1, 2]], [[0, 1, 2]], [[2, 1, 0]]], experts: 4)
    for rule in ["lru", "lfu", "least-stale", "activation-aware"] {
      // 0 and 1 stay; 2 is streamed each time.
      #expect(try needs.counts(rule, capacity: 2).hits == 4)
    }
    #expect(needs.minimum(capacity: 2) == 4)
  }
}
