import Diagnostics
import Randomness
import RoutingTrace
import Testing

@Suite struct SourceAssignmentTests {
  static let header = TraceHeader(name: "t", content: .tokens, layerNumbers: [0], experts: 8, topK: 1)

  static func step(
    _ tokens: Int, number: Int = 0, phase: Phase? = nil, sources: [UInt32]? = nil, sequences: [UInt32]? = nil
  ) -> RoutingStep {
    RoutingStep(
      number: number, phase: phase, tokens: tokens, experts: Array(repeating: 0, count: tokens), sources: sources,
      sequences: sequences)
  }

  /// The definition, token by token: a group by the rule, then the group's next rank.
  static func oracle(_ rule: SourceRule, _ step: RoutingStep, ranks: Int, perGroup size: Int) -> [UInt32] {
    var seen: [Int: Int] = [:]
    return (0..<step.tokens).map { token in
      let group: Int
      switch rule {
      case .recorded: group = Int(step.sources?[token] ?? 0) % ranks / size
      case .sequence: group = Int(step.sequences?[token] ?? 0) % (ranks / size)
      case .even, .random: group = token % (ranks / size)
      }
      defer { seen[group, default: 0] += 1 }
      // A recorded rank stays what it is where nobody shares attention with it.
      return UInt32(group * size + seen[group, default: 0] % size)
    }
  }

  @Test(arguments: [SourceRule.recorded, .sequence, .even], [(8, 1), (8, 2), (12, 4), (16, 16), (1, 1)])
  func `sources are what the rule says`(rule: SourceRule, shape: (ranks: Int, perGroup: Int)) throws {
    var generator = SeededGenerator(seed: 7)
    for number in 0..<40 {
      let tokens = 1 + generator.below(50)
      let step = Self.step(
        tokens, number: number, sources: (0..<tokens).map { _ in UInt32(generator.below(40)) },
        sequences: (0..<tokens).map { _ in UInt32(generator.below(1_000_000)) })
      let assignment = try TokenSources(rule, attentionRanks: shape.perGroup).assignment(ranks: shape.ranks)
      let found = try assignment.ranks(of: step, in: Self.header)
      #expect(found.ranks == Self.oracle(rule, step, ranks: shape.ranks, perGroup: shape.perGroup))
      #expect(found.rule == rule)
      #expect(found.isFolded == (rule == .recorded && step.sources!.contains { $0 >= shape.ranks }))
    }
  }

  @Test func `without a rule, what was recorded comes first, then sequences in decode, and else even`() throws {
    let assignment = try TokenSources().assignment(ranks: 4)
    let (sources, sequences): ([UInt32], [UInt32]) = ([3, 3], [2, 2])
    func rule(
      _ phase: Phase?, of header: Phase? = nil, sources: [UInt32]? = nil, sequences: [UInt32]? = sequences
    ) throws -> SourceRule {
      var whole = Self.header
      whole.phase = header
      return try assignment.ranks(
        of: Self.step(2, phase: phase, sources: sources, sequences: sequences), in: whole
      ).rule
    }
    for phase in Phase.allCases { #expect(try rule(phase, sources: sources) == .recorded) }
    #expect(try rule(.decode) == .sequence)
    #expect(try rule(nil, of: .decode) == .sequence)
    #expect(try rule(.decode, sequences: nil) == .even)
    #expect(try rule(.prefill) == .even)
    #expect(try rule(.mixed, of: .decode) == .even)
    #expect(try rule(nil) == .even)
  }

  @Test func `random sources follow from seed, step and index, and reach all ranks alike`() throws {
    func ranks(seed: UInt64, number: Int, tokens: Int = 8000) throws -> [UInt32] {
      try TokenSources(.random).assignment(ranks: 16, seed: seed)
        .ranks(of: Self.step(tokens, number: number), in: Self.header).ranks
    }
    let drawn = try ranks(seed: 1, number: 5)
    #expect(try ranks(seed: 1, number: 5) == drawn)
    #expect(try ranks(seed: 1, number: 5, tokens: 100) == Array(drawn.prefix(100)))
    #expect(try ranks(seed: 2, number: 5) != drawn)
    #expect(try ranks(seed: 1, number: 6) != drawn)
    let counts = (0..<16).map { rank in drawn.count { $0 == rank } }
    // 500 each, with a standard deviation of 22.
    #expect(counts.allSatisfy { (390...610).contains($0) })
  }

  @Test(arguments: SourceRule.allCases)
  func `the tokens of a group leave from its ranks in turn`(rule: SourceRule) throws {
    let tokens = 203
    let step = Self.step(
      tokens, sources: (0..<UInt32(tokens)).map { $0 * 7 % 24 }, sequences: (0..<UInt32(tokens)).map { $0 / 9 })
    let found = try TokenSources(rule, attentionRanks: 4).assignment(ranks: 24, seed: 3)
      .ranks(of: step, in: Self.header).ranks
    for group in 0..<6 {
      let counts = (0..<4).map { rank in found.count { $0 == group * 4 + rank } }
      #expect(counts.max()! - counts.min()! <= 1)
      #expect(counts == counts.sorted(by: >))
    }
  }

  @Test func `a rule whose values are not there is a usage error that names the step`() throws {
    for (rule, what) in [(SourceRule.recorded, "sources"), (.sequence, "sequences")] {
      let assignment = try TokenSources(rule).assignment(ranks: 4)
      let error = #expect(throws: InputError.self) {
        try assignment.ranks(of: Self.step(3, number: 17), in: Self.header)
      }
      #expect(error?.status == .usage)
      #expect(error?.description == "--sources \(rule.rawValue): step 17: trace 't' has no \(what)")
    }
  }

  @Test(arguments: [(3, 16), (0, 16), (32, 16)])
  func `groups make up the ranks`(perGroup: Int, ranks: Int) {
    #expect(throws: InputError.self) { try TokenSources(attentionRanks: perGroup).assignment(ranks: ranks) }
  }

  @Test func `a trace of counts has no sources to choose`() throws {
    var counts = Self.header
    counts.content = .counts
    try TokenSources().check(fits: counts)
    try TokenSources(.even).check(fits: counts)
    for rule in [SourceRule.recorded, .sequence, .random] {
      #expect(throws: InputError.self) { try TokenSources(rule).check(fits: counts) }
    }
  }

  @Test func `every rule is in the registry by its name`() throws {
    #expect(SourceRule.registry.names == SourceRule.allCases.map(\.rawValue))
    for rule in SourceRule.allCases { #expect(try SourceRule.registry.named(rule.rawValue) == rule) }
  }
}
