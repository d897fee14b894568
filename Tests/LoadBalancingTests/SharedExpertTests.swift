import Diagnostics
import LoadBalancing
import Randomness
import TestTraces
import Testing

/// Where tokens' visits to the shared experts go.
@Suite struct SharedExpertTests {
  /// Tokens in a mixed order of sources, one source with few of them, and some ranks hotter than others.
  private func visits(_ seed: UInt64, ranks: Int = 8, topK: Int = 3, hot: Int = 2) -> RoutedVisits {
    var random = SeededGenerator(seed: seed)
    var visits = RoutedVisits(ranks: ranks, topK: topK)
    for source in 0..<ranks {
      let tokens = source == 1 ? 63 : 64 + random.below(20)
      visits.sources += Array(repeating: UInt32(source), count: tokens)
    }
    random.shuffle(&visits.sources)
    for _ in visits.sources {
      for _ in 0..<topK { visits.visited.append(UInt32(random.below(random.below(hot) == 0 ? ranks : 2))) }
    }
    return visits
  }

  private func chosen(_ name: String, _ visits: RoutedVisits) throws -> [UInt32] {
    var rule = try SharedExpertRecipe(name).make()
    var ranks: [UInt32] = [99]
    rule.assign(visits, into: &ranks)
    return ranks
  }

  /// Visits of a rank.
  private func load(of rank: UInt32, _ visits: RoutedVisits, with shared: [UInt32]) -> Int {
    (visits.visited + shared).count { $0 == rank }
  }

  @Test func `every token gets a rank, the same again, and at home its own`() throws {
    for seed in 0..<20 {
      let visits = visits(UInt64(seed))
      for name in SharedExpertRules.registry.names {
        let ranks = try chosen(name, visits)
        #expect(ranks.count == visits.sources.count && ranks.allSatisfy { $0 < 8 })
        #expect(try chosen(name, visits) == ranks)
      }
      #expect(try chosen("home", visits) == visits.sources)
    }
  }

  @Test func `a rank with fewer than 64 tokens keeps them, others do not`() throws {
    let visits = visits(3)
    for name in ["waterfill", "static"] {
      let away = zip(visits.sources, try chosen(name, visits)).filter { $0 != $1 }.map(\.0)
      #expect(!away.contains(1))
      #expect(Set(away).count > 4)
    }
  }

  @Test func `a token stays or goes where its experts are while a rank is above the level`() throws {
    let visits = visits(5)
    let ranks = try chosen("waterfill", visits)
    for (token, rank) in ranks.enumerated() {
      #expect(rank == visits.sources[token] || visits.visited[token * 3..<token * 3 + 3].contains(rank))
    }
    // Even loads leave no rank above the level.
    let even = self.visits(5, hot: 1)
    #expect(
      try chosen("waterfill", even).enumerated().contains { token, rank in
        rank != even.sources[token] && !even.visited[token * 3..<token * 3 + 3].contains(rank)
      })
  }

  /// The published steps, token by token.
  @Test(arguments: [1, 2, 4]) func `a draw has ten elevenths of what other ranks lack`(hot: Int) throws {
    for seed in 0..<10 {
      let visits = visits(UInt64(seed), hot: hot)
      var load = Array(repeating: 0, count: 8)
      for rank in visits.visited + visits.sources { load[Int(rank)] += 1 }
      let target = (load.reduce(0, +) + visits.sources.count + 7) / 8
      let isAnywhere = load.allSatisfy { $0 <= target }
      var numbers = Array(repeating: UInt32(0), count: 8)
      let expected = visits.sources.enumerated().map { token, source -> UInt32 in
        let number = numbers[Int(source)]
        numbers[Int(source)] += 1
        guard visits.sources.count(where: { $0 == source }) >= 64 else { return source }
        let experts = visits.visited[token * 3..<token * 3 + 3]
        let order = isAnywhere ? Array(0..<8) : Array(experts)
        let spans = Set(order + [source]).sorted().flatMap { rank -> [UInt32] in
          let lack = max(target - load[Int(rank)], 0)
          return Array(repeating: rank, count: rank == source ? lack : Int(Double(lack) * 10 / 11))
        }
        guard spans.isEmpty else {
          let draw = (number ^ source &* 0x9E37_79B9) &* 1_664_525 &+ 1_013_904_223
          return spans[Int(draw) % spans.count]
        }
        return order.reduce(source) { load[Int($1)] * 11 < load[Int($0)] * 10 ? $1 : $0 }
      }
      #expect(try chosen("waterfill", visits) == expected)
    }
  }

  @Test func `a hot rank gives up its own`() throws {
    for seed in 0..<20 {
      let visits = visits(UInt64(seed))
      let home = load(of: 0, visits, with: visits.sources)
      #expect(try load(of: 0, visits, with: chosen("waterfill", visits)) < home - 32)
    }
  }

  @Test func `where tokens of other ranks stand in a step makes no difference`() throws {
    let visits = visits(7)
    let order = visits.sources.indices.sorted { (visits.sources[$0], $0) < (visits.sources[$1], $1) }
    var sorted = visits
    sorted.sources = order.map { visits.sources[$0] }
    sorted.visited = order.flatMap { visits.visited[$0 * 3..<$0 * 3 + 3] }
    for name in SharedExpertRules.registry.names {
      let ranks = try chosen(name, visits)
      #expect(try chosen(name, sorted) == order.map { ranks[$0] })
    }
  }

  @Test func `without tokens there is nothing to choose`() throws {
    for name in SharedExpertRules.registry.names {
      #expect(try chosen(name, RoutedVisits(ranks: 4, topK: 2)).isEmpty)
    }
  }

  @Test func `a policy file has it as a word or a section`() throws {
    #expect(try Fixture.staticPolicy("").sharedExpert == nil)
    #expect(try Fixture.staticPolicy("sharedExpert: static").sharedExpert?.name == "static")
    let section = try Fixture.staticPolicy("sharedExpert: {kind: waterfill, overheadMicroseconds: 20}")
    #expect(section.sharedExpert?.name == "waterfill")
    #expect(section.predictionMicroseconds == 20)
  }

  @Test(arguments: [
    ("sharedExpert: waterfil", "p.yaml: line 5: sharedExpert: unknown 'waterfil'; did you mean 'waterfill'?"),
    ("sharedExperts: home", "did you mean 'sharedExpert'?"),
    ("sharedExpert: {kind: home, overheadMicroseconds: 5}", "sharedExpert.overheadMicroseconds: no ranks are asked"),
    ("sharedExpert: {kind: waterfill, overhead: 5}", "sharedExpert.overhead: unknown key"),
    ("sharedExpert: {overheadMicroseconds: 5}", "sharedExpert.kind"),
    ("sharedExpert: {kind: waterfill, overheadMicroseconds: -5}", "is outside"),
  ])
  func `mistakes are one line`(line: String, message: String) throws {
    let error = #expect(throws: InputError.self) { try Fixture.staticPolicy(line) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
  }
}
