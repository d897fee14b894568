import Diagnostics
import ExpertCache
import Testing

/// What each rule expects.
@Suite struct PrefetchTests {
  private static func make(_ text: String, layers: Int, experts: Int, future: FutureUses? = nil) throws
    -> any Prefetch
  {
    let settings = try Settings(
      parsing: "replacement: {kind: lru}\nprefetch: \(text)\n", name: "cache.yaml")
    let recipe = try #require(try CacheRecipe(settings: settings).prefetch)
    return recipe.make(PrefetchContext(layers: layers, experts: experts, future: future))
  }

  private static func layer(_ layer: Int, _ experts: [Int]) -> ServedLayer {
    ServedLayer(
      need: LayerNeed(layer: layer, experts: experts, visits: experts.map { _ in 1 }),
      visits: experts.map { UInt16($0) }[...], topK: experts.count)
  }

  @Test func `previous-layer learns what follows what, over the end of a step, too`() throws {
    var rule = try Self.make("{kind: previous-layer, depth: 2}", layers: 2, experts: 4)
    #expect(rule.wanted(after: Self.layer(0, [1])).isEmpty)
    for _ in 0..<3 {
      _ = rule.wanted(after: Self.layer(1, [2]))
      _ = rule.wanted(after: Self.layer(0, [1]))
    }
    let wanted = rule.wanted(after: Self.layer(1, [2]))
    // Layer 0 of the next step, then layer 1 of it.
    #expect(wanted == [WantedExpert(item: 1, ahead: 1), WantedExpert(item: 4 + 2, ahead: 2)])
  }

  @Test func `next-layer is as often right as it says`() throws {
    let needs = Needs(layers: 3, experts: 16, steps: 400, tokens: 1, topK: 4, seed: 3)
    for accuracy in [0, 0.6, 1] {
      var rule = try Self.make(
        "{kind: next-layer, accuracy: \(accuracy)}", layers: 3, experts: 16, future: needs.future)
      var (right, all) = (0, 0)
      for (index, step) in needs.steps.enumerated().dropLast() {
        rule.beginStep(sequences: [])
        for (layer, need) in step.enumerated() {
          let wanted = rule.wanted(after: Self.layer(layer, need.experts))
          let next = layer + 1 < 3 ? step[layer + 1] : needs.steps[index + 1][0]
          #expect(wanted.count == next.experts.count)
          #expect(wanted.allSatisfy { $0.item / 16 == next.layer && $0.ahead == 1 })
          right += wanted.count { next.experts.contains($0.item % 16) }
          all += wanted.count
        }
      }
      #expect(abs(Double(right) / Double(all) - accuracy) < 0.03)
    }
  }

  /// Two finished sequences; the third goes the way of the second in the layer that it has been through.
  @Test(arguments: [("linear", [4 + 2, 4 + 3, 4 + 0, 4 + 1]), ("inverse", [4 + 2, 4 + 3, 4 + 0, 4 + 1])])
  func `sequence-match expects what the most similar sequence visited`(distance: String, items: [Int]) throws {
    var rule = try Self.make(
      "{kind: sequence-match, distance: \(distance)}", layers: 2, experts: 4)
    for (sequence, path) in [(UInt32(1), [[0, 1], [0, 1]]), (2, [[2, 3], [2, 3]])] {
      rule.beginStep(sequences: [sequence])
      for (layer, experts) in path.enumerated() { _ = rule.wanted(after: Self.layer(layer, experts)) }
    }
    rule.beginStep(sequences: [3])
    let wanted = rule.wanted(after: Self.layer(0, [2, 0]))
    // As like to one as to the other: the older place.
    #expect(wanted.map(\.item) == [4, 5, 6, 7])
    rule.beginStep(sequences: [3])
    #expect(rule.wanted(after: Self.layer(0, [2, 3])).map(\.item) == items)
    #expect(rule.match?[4 + 2] == 0.5)
  }

  @Test(arguments: ["linear", "inverse"])
  func `of what is as likely the nearer layer's comes first`(distance: String) throws {
    var rule = try Self.make(
      "{kind: sequence-match, depth: 2, distance: \(distance)}", layers: 3, experts: 2)
    rule.beginStep(sequences: [1])
    for layer in 0..<3 { _ = rule.wanted(after: Self.layer(layer, [0])) }
    rule.beginStep(sequences: [2])
    let wanted = rule.wanted(after: Self.layer(0, [0]))
    #expect(wanted.map(\.item) == [2, 4, 3, 5])
    #expect(wanted.map(\.ahead) == [1, 2, 1, 2])
  }

  @Test func `a sequence is like another by where its visits went, not by how many there were`() throws {
    var rule = try Self.make("{kind: sequence-match}", layers: 2, experts: 4)
    rule.beginStep(sequences: [1, 1, 1])
    let long = { ServedLayer(need: LayerNeed(layer: $0, experts: [0, 1], visits: [3, 3]), visits: $1, topK: 2) }
    _ = rule.wanted(after: long(0, [0, 1, 0, 1, 0, 1]))
    _ = rule.wanted(after: long(1, [0, 1, 0, 1, 0, 1]))
    rule.beginStep(sequences: [2])
    for layer in 0..<2 { _ = rule.wanted(after: Self.layer(layer, layer == 0 ? [0] : [3])) }
    rule.beginStep(sequences: [3])
    #expect(rule.wanted(after: Self.layer(0, [0])).first?.item == 4 + 3)
  }

  @Test func `a full collection gives up the one most like the new one`() throws {
    var rule = try Self.make("{kind: sequence-match, capacity: 2}", layers: 2, experts: 4)
    // 0 and 3 differ; the second of expert 3 takes the place of the first, and brings expert 1 in layer 1.
    for (sequence, path) in [(UInt32(1), [[0], [0]]), (2, [[3], [3]]), (3, [[3], [1]])] {
      rule.beginStep(sequences: [sequence])
      for (layer, experts) in path.enumerated() { _ = rule.wanted(after: Self.layer(layer, experts)) }
    }
    rule.beginStep(sequences: [4])
    #expect(rule.wanted(after: Self.layer(0, [3])).first?.item == 4 + 1)
    rule.beginStep(sequences: [5])
    #expect(rule.wanted(after: Self.layer(0, [0])).first?.item == 4)
  }

  @Test func `sequences of a step are matched one by one, and summed`() throws {
    var rule = try Self.make("{kind: sequence-match}", layers: 2, experts: 4)
    for (sequence, path) in [(UInt32(1), [[0], [1]]), (2, [[3], [2]])] {
      rule.beginStep(sequences: [sequence])
      for (layer, experts) in path.enumerated() { _ = rule.wanted(after: Self.layer(layer, experts)) }
    }
    rule.beginStep(sequences: [7, 8, 9])
    // Tokens of 7, 8 and 9: two go the way of the second.
    let both = ServedLayer(
      need: LayerNeed(layer: 0, experts: [0, 3], visits: [1, 2]), visits: [0, 3, 3], topK: 1)
    #expect(rule.wanted(after: both).prefix(2).map(\.item) == [4 + 2, 4 + 1])
    #expect(rule.match.map { [$0[4 + 1], $0[4 + 2]] } == [1, 2])
  }

  @Test(arguments: [
    ("replacement: {kind: lru}\nmemory: 1 GB\nexpertsPerRank: 3", "not both"),
    ("replacement: {kind: lur}", "lru"),
    ("replacement: {kind: probability}", "needs prefetch sequence-match"),
    ("replacement: {kind: lru}\nprefetch: {kind: sequence-mach}", "sequence-match"),
    ("replacement: {kind: lru}\nprefetch: {kind: none, depth: 2}", "depth"),
    ("replacement: {kind: lru}\nprefetch: {kind: next-layer, accuracy: 2}", "accuracy"),
    ("replacement: {kind: lru}\nfetch: eager", "overlapped"),
    ("memory: 1 GB", "replacement"),
  ])
  func `what cannot be is one line`(text: String, says: String) throws {
    let error = #expect(throws: InputError.self) {
      try CacheRecipe(settings: Settings(parsing: text, name: "cache.yaml"))
    }
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
  }
}
