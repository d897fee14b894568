import Foundation
import LoadBalancing
import Testing

/// `golden/activated-experts.json`: METRO's rule, ours in one pass and the exact one.
@Suite struct ActivatedExpertsConformanceTests {
  struct Known: Decodable {
    var name: String
    var ranks: Int
    /// `[experts]` the ranks of each.
    var hosts: [[Int]]
    var activated: [Int]
    /// Of activated experts, with the rank of each.
    var to: [[Int]]
    var perRank: [Int]
    var optimum: Int

    /// As many slots on every rank; what is left repeats an expert of the rank, which changes nothing.
    var placement: LayerPlacement {
      var held: [[Int]] = Array(repeating: [], count: ranks)
      for (expert, ranks) in hosts.enumerated() { for rank in ranks { held[rank].append(expert) } }
      let slots = held.map(\.count).max() ?? 0
      return LayerPlacement(
        experts: hosts.count, ranks: ranks,
        physicalToLogical: held.flatMap { $0 + Array(repeating: $0.last ?? 0, count: slots - $0.count) })
    }

    /// `[activated]` the rank of each.
    func ranks(under rule: some ReplicaDispatch) -> [Int] {
      var rule = rule
      let placement = placement
      let experts = activated.map { UInt16($0) }
      let sources = experts.indices.map { UInt32($0 % ranks) }
      var slots = Array(repeating: UInt16.max, count: experts.count)
      var span = slots.mutableSpan
      let context = DispatchContext(placement: placement, topK: 1, ranksPerNode: ranks)
      rule.assign(experts: experts.span, sources: sources.span, in: context, into: &span)
      return slots.map { placement.rank(ofSlot: Int($0)) }
    }

    func perRank(_ chosen: [Int]) -> [Int] { (0..<ranks).map { rank in chosen.count { $0 == rank } } }
  }

  @Test func everyActivatedExpertIsServedWhereItShould() throws {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/activated-experts.json"))
    #expect(!cases.isEmpty)
    for known in cases {
      #expect(known.hosts.allSatisfy { !$0.isEmpty } && Set(known.hosts.joined()).count == known.ranks, "\(known.name)")
      let greedy = known.ranks(under: ActivatedDispatch())
      #expect(zip(known.activated, greedy).map { [$0, $1] } == known.to.sorted { $0[0] < $1[0] }, "\(known.name)")
      #expect(known.perRank(greedy) == known.perRank, "\(known.name)")
      let exact = known.ranks(under: ActivatedDispatch(isExact: true))
      #expect(zip(known.activated, exact).allSatisfy { known.hosts[$0].contains($1) }, "\(known.name)")
      #expect(known.perRank(exact).max() == known.optimum, "\(known.name)")
    }
  }
}
