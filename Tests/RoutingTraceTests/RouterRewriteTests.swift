import Diagnostics
import Foundation
import Randomness
import RoutingTrace
import Testing

/// Rewrites of the router against sets and sorting, and what they promise.
@Suite struct RouterRewriteTests {
  private static func header(experts: Int = 16, topK: Int = 4, layers: Int = 2) -> TraceHeader {
    TraceHeader(name: "t", content: .tokens, layerNumbers: Array(0..<layers), experts: experts, topK: topK)
  }

  /// Skewed steps of distinct experts, with gates that descend or without.
  private static func steps(
    _ header: TraceHeader, count: Int = 6, tokens: Int = 40, gates: Bool = true, seed: UInt64 = 1
  ) -> [RoutingStep] {
    var generator = SeededGenerator(seed: seed)
    let topK = header.topK ?? 1
    return (0..<count).map { number in
      var step = RoutingStep(number: number, tokens: tokens)
      var weights = [Float]()
      for _ in 0..<header.layers * tokens {
        var chosen = [UInt16]()
        while chosen.count < topK {
          let unit = generator.unit()
          let expert = UInt16(unit * unit * Double(header.experts))
          if !chosen.contains(expert) { chosen.append(expert) }
        }
        step.experts += chosen
        weights += chosen.map { _ in Float(generator.unit()) }
      }
      step.weights = gates ? weights : nil
      return step
    }
  }

  private static func run(
    _ texts: String..., on steps: [RoutingStep], _ header: TraceHeader
  ) throws -> (steps: [RoutingStep], tallies: [RouterTally]) {
    let source = try RouterSteps(
      texts.map { text throws(InputError) in try RouterRecipe(text) }, of: StoredSteps(header: header, steps: steps))
    var out = [RoutingStep]()
    while let step = try source.next() {
      try step.validate(against: header)
      out.append(step)
    }
    return (out, source.tallies)
  }

  private static func loads(_ step: RoutingStep, _ header: TraceHeader) -> [Double] {
    (0..<header.layers).flatMap { step.load(ofLayer: $0, of: header.layers, experts: header.experts) }
  }

  @Test(arguments: [
    "capacity:factor=1000", "capacity:factor=1000,by=order", "groups:groups=4,keep=4", "groups:groups=16,keep=4",
    "top-k:keep=4", "prune:share=0,learn=1", "prune:experts=0,learn=1", "merge:into=16,learn=1",
  ])
  func `a rewrite that asks for nothing leaves a trace as it is`(text: String) throws {
    let header = Self.header()
    for gates in [true, false] {
      let steps = Self.steps(header, gates: gates)
      let found = try Self.run(text, on: steps, header)
      #expect(found.steps == steps)
      #expect(found.tallies[0].droppedVisits == 0 && found.tallies[0].alteredTokens == 0)
    }
  }

  @Test(arguments: [0.5, 1, 1.25, 2, 3], [true, false])
  func `capacity keeps the largest gates, or the first, of each expert`(factor: Double, byGate: Bool) throws {
    let header = Self.header()
    let steps = Self.steps(header)
    let found = try Self.run("capacity:factor=\(factor),by=\(byGate ? "gate" : "order")", on: steps, header)
    let most = Int((factor * 40 * 4 / 16).rounded(.up))
    for (before, after) in zip(steps, found.steps) {
      let gates = try #require(before.weights)
      var expected = before.experts
      for layer in 0..<2 {
        for expert in 0..<16 {
          let places = (layer * 160..<(layer + 1) * 160).filter { before.experts[$0] == UInt16(expert) }
          let kept = byGate ? places.sorted { gates[$0] > gates[$1] } : places
          for place in kept.dropFirst(most) { expected[place] = RoutingStep.dropped }
        }
      }
      #expect(after.experts == expected)
      #expect((Self.loads(after, header).max() ?? 0) <= Double(most))
      for place in expected.indices where expected[place] == RoutingStep.dropped { #expect(after.weights?[place] == 0) }
    }
  }

  @Test func `a larger factor, and more groups, drop no more`() throws {
    let header = Self.header()
    let steps = Self.steps(header)
    func drops(_ texts: [String]) throws -> [Int] {
      try texts.map { try Self.run($0, on: steps, header).tallies[0].droppedVisits }
    }
    for dropped in [
      try drops((1...20).map { "capacity:factor=\(Double($0) / 4)" }),
      try drops((1...8).map { "groups:groups=8,keep=\($0)" }), try drops((1...4).map { "top-k:keep=\($0)" }),
    ] {
      #expect(zip(dropped, dropped.dropFirst()).allSatisfy { $0 >= $1 } && dropped[0] > 0 && dropped.last == 0)
    }
  }

  @Test(arguments: ["gate", "two-best", "visits"], [1, 2])
  func `groups are those with the best gates`(rule: String, keep: Int) throws {
    let header = Self.header()
    let steps = Self.steps(header)
    let found = try Self.run("groups:groups=4,keep=\(keep),by=\(rule)", on: steps, header)
    for (before, after) in zip(steps, found.steps) {
      let gates = try #require(before.weights)
      for first in stride(from: 0, to: before.experts.count, by: 4) {
        let scores = (0..<4).map { group -> Double in
          let own = (first..<first + 4).filter { Int(before.experts[$0]) / 4 == group }.map { Double(gates[$0]) }
          if own.isEmpty { return -1 }
          return rule == "visits" ? Double(own.count) : own.sorted(by: >).prefix(rule == "gate" ? 4 : 2).reduce(0, +)
        }
        let best = Set((0..<4).sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(keep))
        for place in first..<first + 4 {
          let isKept = best.contains(Int(before.experts[place]) / 4)
          #expect(after.experts[place] == (isKept ? before.experts[place] : RoutingStep.dropped))
        }
      }
    }
  }

  @Test func `fewer experts per token are those of the largest gates`() throws {
    let header = Self.header()
    let steps = Self.steps(header)
    let found = try Self.run("top-k:keep=2", on: steps, header)
    for (before, after) in zip(steps, found.steps) {
      let gates = try #require(before.weights)
      for first in stride(from: 0, to: before.experts.count, by: 4) {
        let kept = Set((first..<first + 4).sorted { gates[$0] > gates[$1] }.prefix(2))
        #expect((first..<first + 4).allSatisfy { (after.experts[$0] != RoutingStep.dropped) == kept.contains($0) })
      }
    }
    #expect(found.tallies[0].droppedVisits == found.tallies[0].visits / 2)
  }

  @Test(arguments: ["frequency", "gate-mean", "gate-sum"])
  func `the least salient experts go once they are learned`(rule: String) throws {
    let header = Self.header()
    let steps = Self.steps(header)
    let found = try Self.run("prune:experts=5,by=\(rule),learn=3", on: steps, header)
    #expect(Array(found.steps[..<3]) == Array(steps[..<3]))
    for layer in 0..<2 {
      var (visits, gates) = (Array(repeating: 0.0, count: 16), Array(repeating: 0.0, count: 16))
      for step in steps[..<3] {
        for place in layer * 160..<(layer + 1) * 160 {
          visits[Int(step.experts[place])] += 1
          gates[Int(step.experts[place])] += Double(step.weights?[place] ?? 0)
        }
      }
      let figure =
        rule == "frequency" ? visits : rule == "gate-sum" ? gates : (0..<16).map { gates[$0] / max(1, visits[$0]) }
      let gone = Set((0..<16).sorted { (figure[$0], -$0) < (figure[$1], -$1) }.prefix(5))
      for (before, after) in zip(steps[3...], found.steps[3...]) {
        for place in layer * 160..<(layer + 1) * 160 {
          let isGone = gone.contains(Int(before.experts[place]))
          #expect(after.experts[place] == (isGone ? RoutingStep.dropped : before.experts[place]))
        }
      }
    }
  }

  @Test func `a file can say what is salient, and refilled visits stay distinct`() throws {
    let header = Self.header(experts: 8, topK: 2, layers: 1)
    let steps = Self.steps(header)
    let path = NSTemporaryDirectory() + "saliency-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "[[8,7,6,5,4,3,2,0.5]]".write(toFile: path, atomically: true, encoding: .utf8)
    let byFile = try Self.run("prune:experts=2,by=file,file=\(path)", on: steps, header)
    for step in byFile.steps { #expect(Self.loads(step, header).suffix(2) == [0, 0]) }
    let refilled = try Self.run("prune:experts=4,learn=2,refill=most-likely", on: steps, header)
    #expect(refilled.tallies[0].droppedVisits == 0 && (refilled.tallies[0].alteredTokens ?? 0) > 0)
    for step in refilled.steps[2...] { #expect(Self.loads(step, header).count { $0 > 0 } <= 4) }
    #expect(throws: InputError.self) {
      try Self.run("prune:experts=2,by=file,file=\(path)", on: steps, Self.header(experts: 8, topK: 2, layers: 2))
    }
  }

  @Test func `merged experts are one, and double visits collapse`() throws {
    let header = Self.header()
    let steps = Self.steps(header)
    let found = try Self.run("merge:into=6,learn=2", on: steps, header)
    var becomes: [Int: Set<UInt16>] = [:]
    for (before, after) in zip(steps[2...], found.steps[2...]) {
      for layer in 0..<2 {
        #expect(after.load(ofLayer: layer, of: 2, experts: 16).count { $0 > 0 } <= 6)
        for place in layer * 160..<(layer + 1) * 160 where after.experts[place] != RoutingStep.dropped {
          becomes[layer * 16 + Int(before.experts[place]), default: []].insert(after.experts[place])
        }
      }
    }
    #expect(becomes.values.allSatisfy { $0.count == 1 })
    #expect(found.tallies[0].droppedVisits > 0 && found.tallies[0].tokensWithout == 0)
  }

  @Test func `four tokens on two experts`() throws {
    let header = Self.header(experts: 2, topK: 1, layers: 1)
    let step = RoutingStep(number: 0, tokens: 4, experts: [0, 0, 0, 1])
    let found = try Self.run("capacity:factor=1", on: [step], header)
    #expect(found.steps[0].experts == [0, 0, RoutingStep.dropped, 1])
    let tally = found.tallies[0]
    #expect(tally.droppedVisits == 1 && tally.visits == 4 && tally.tokensWithout == 1 && tally.alteredTokens == 1)
    #expect(tally.gateMassLost == nil && tally.assumed.count == 1)
  }

  @Test func `counts are capped, pruned and merged as loads`() throws {
    let header = TraceHeader(name: "c", content: .counts, layerNumbers: [0], experts: 4, topK: 1)
    let steps = (0..<2).map { RoutingStep(number: $0, tokens: 20, counts: [10, 6, 3, 1]) }
    func counts(_ text: String) throws -> [UInt64] { try Self.run(text, on: steps, header).steps[1].counts }
    #expect(try counts("capacity:factor=1.2") == [6, 6, 3, 1])
    #expect(try counts("prune:experts=1,learn=1") == [10, 6, 3, 0])
    #expect(try counts("merge:into=2,learn=1") == [10, 10, 0, 0])
    for text in ["groups:groups=2,keep=1", "top-k:keep=1", "prune:share=0.5,by=gate-sum"] {
      #expect(throws: InputError.self) { try counts(text) }
    }
  }

  @Test func `rewrites follow one another`() throws {
    let header = Self.header()
    let steps = Self.steps(header)
    let first = try Self.run("top-k:keep=3", on: steps, header).steps
    let both = try Self.run("top-k:keep=3", "capacity:factor=1", "top-k:keep=2", on: steps, header)
    #expect(both.tallies.map(\.kind) == ["top-k", "capacity", "top-k"])
    #expect(both.tallies[2].assumed.contains { $0.contains("second") })
    #expect(both.tallies[1].visits == both.tallies[0].visits - both.tallies[0].droppedVisits)
    let naive = try Self.run("capacity:factor=1", "top-k:keep=2", on: first, header).steps
    #expect(both.steps == naive)
  }

  @Test(arguments: [16, 300], ["moetrace", "jsonl", "jsonl.gz"])
  func `dropped visits are read as they were written`(experts: Int, format: String) throws {
    let header = Self.header(experts: experts)
    for tokens in [1, 39] {
      let steps = try Self.run(
        "capacity:factor=1", on: Self.steps(header, tokens: tokens), header
      ).steps
      let path = NSTemporaryDirectory() + "dropped-\(UUID().uuidString).\(format)"
      defer { try? FileManager.default.removeItem(atPath: path) }
      try TraceWriter.write(StoredSteps(header: header, steps: steps), to: path)
      let reader = try TraceReader(path: path)
      var read = [RoutingStep]()
      while let step = try reader.next() { read.append(step) }
      #expect(read == steps)
    }
  }

  @Test func `a mask that no writer makes is refused`() throws {
    let header = Self.header(experts: 8, topK: 2, layers: 1)
    var step = RoutingStep(number: 0, tokens: 3, experts: [0, 1, 0, 2, 3, .max], hasDropped: true)
    var bytes = [UInt8]()
    try NativeFrame.append(step, header: header, to: &bytes)
    #expect(bytes[6] == 16 && bytes.last == 0b100000)
    var reader = NativeFrameReader(bytes, header: header)
    #expect(try reader.next() == step)
    for (place, value) in [(bytes.count - 1, UInt8(0)), (bytes.count - 1, 0b1100000), (bytes.count - 2, 5), (6, 0)] {
      var wrong = bytes
      wrong[place] = value
      #expect(throws: InputError.self) {
        var reader = NativeFrameReader(wrong, header: header)
        _ = try reader.next()
      }
    }
    step.hasDropped = false
    #expect(throws: InputError.self) { try step.validate(against: header) }
  }

  @Test(arguments: [
    "capacity:factor=0", "capacity:factor=-1", "capacity:factor=nan", "capacity", "capacity:fator=1",
    "capasity:factor=1",
    "groups:groups=3,keep=1", "groups:groups=4,keep=5", "groups:groups=4", "top-k:keep=0", "prune:share=1",
    "prune:experts=13", "prune:share=0.5,experts=2", "prune:share=0.1,by=file", "prune:share=0.1,by=magic",
    "prune:share=0.1,learn=0", "merge:into=3", "merge:into=17", "capacity:factor=1,factor=2", "capacity:factor",
  ])
  func `what does not fit is refused`(text: String) throws {
    let header = Self.header()
    #expect { try Self.run(text, on: Self.steps(header), header) } throws: { error in
      (error as? InputError)?.status == .usage
    }
  }
}
