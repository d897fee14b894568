import Diagnostics
import Foundation
import LoadBalancing
import Testing

/// `golden/failures.json`: what SGLang (field `elastic`, as published) and vLLM (the others, transcribed) do when ranks
/// have died.
@Suite struct FailureConformanceTests {
  struct Known: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var slotsPerRank: Int
    var physicalToLogical: [Int]
    var dead: [Int]
    /// What there is too little of; nothing else is known then.
    var refused: String?
    /// `[slots]` experts, -1 on dead ranks.
    var after: [Int]?
    /// Experts, each with its slot.
    var reloaded: [[Int]]?
    var load: [Double]?
    /// `[slots]` experts, -1 on dead ranks.
    var elastic: [Int]?

    func recovered(by name: String) throws -> RecoveredLayer {
      let old = LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: physicalToLogical)
      let shape = PlacementShape(
        layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: ranks * slotsPerRank)
      let values = load ?? Array(repeating: 0, count: experts)
      return try Recoveries.registry.named(name).recovered(
        from: Placement(ranks: ranks, layers: [old]), without: FailedRanks(Set(dead), of: ranks),
        load: ExpertLoad(layers: 1, experts: experts, values: values), shape: shape)[0]
    }
  }

  @Test func ranksAliveHoldWhatThePublishedCodeGivesThem() throws {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/failures.json"))
    #expect(!cases.isEmpty)
    for known in cases {
      if let refused = known.refused {
        #expect(refused == "slots", "\(known.name)")
        for name in Recoveries.registry.names {
          let error = #expect(throws: InputError.self, "\(known.name)") { try known.recovered(by: name) }
          #expect(error?.description.contains("slots on the ranks alive cannot hold") == true, "\(known.name)")
        }
        continue
      }
      let patched = try known.recovered(by: "patch")
      #expect(patched.slots.map { $0 ?? -1 } == known.after, "\(known.name)")
      #expect(patched.reloaded.map { [$0.expert, $0.slot] } == known.reloaded, "\(known.name)")
      let replanned = try known.recovered(by: "replan")
      #expect(replanned.slots.map { $0 ?? -1 } == known.elastic, "\(known.name)")
      #expect(replanned.reloaded.map(\.expert) == known.reloaded?.map(\.[0]), "\(known.name)")
    }
  }
}
