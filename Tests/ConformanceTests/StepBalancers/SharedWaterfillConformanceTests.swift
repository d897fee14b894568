import Foundation
import LoadBalancing
import Testing

/// `golden/shared-waterfill.json`: where SGLang's waterfill sends each token's visit to the shared expert.
@Suite struct SharedWaterfillConformanceTests {
  struct Known: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var mode: String
    /// `[ranks][tokens][topK]`.
    var visits: [[[Int]]]
    /// `[ranks]`.
    var routed: [Int]
    var target: Int?
    var anywhere: Bool
    /// `[ranks][tokens]`.
    var sharedTo: [[Int]]
    var rankLoad: [Int]
    var rankLoadLocal: [Int]

    var routedVisits: RoutedVisits {
      RoutedVisits(
        ranks: ranks, topK: visits.joined().first?.count ?? 1,
        sources: visits.enumerated().flatMap { rank, tokens in tokens.map { _ in UInt32(rank) } },
        visited: visits.joined().joined().map { UInt32($0 * ranks / experts) })
    }

    /// `[ranks][tokens]` under a rule.
    func chosen(by name: String) throws -> [[Int]] {
      var rule = try SharedExpertRecipe(name).make()
      var all: [UInt32] = []
      rule.assign(routedVisits, into: &all)
      var rest = all[...]
      return visits.map { tokens in
        defer { rest = rest.dropFirst(tokens.count) }
        return rest.prefix(tokens.count).map { Int($0) }
      }
    }

    func load(with shared: [[Int]]) -> [Int] {
      var load = routed
      for rank in shared.joined() { load[rank] += 1 }
      return load
    }
  }

  @Test func everySharedVisitGoesWhereSGLangSendsIt() throws {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/shared-waterfill.json"))
    #expect(Set(cases.map(\.mode)) == ["dynamic", "static"])
    for known in cases {
      let visits = known.routedVisits
      #expect((0..<known.ranks).map { rank in visits.visited.count { $0 == UInt32(rank) } } == known.routed)
      let chosen = try known.chosen(by: known.mode == "static" ? "static" : "waterfill")
      #expect(chosen == known.sharedTo, "\(known.name)")
      #expect(known.load(with: chosen) == known.rankLoad, "\(known.name)")
      #expect(try known.load(with: known.chosen(by: "home")) == known.rankLoadLocal, "\(known.name)")
      guard let target = known.target else { continue }
      let level = WaterfillSharedExpert.level(of: visits)
      #expect(level.target == target, "\(known.name)")
      #expect(level.isAnywhere == known.anywhere, "\(known.name)")
    }
  }
}
