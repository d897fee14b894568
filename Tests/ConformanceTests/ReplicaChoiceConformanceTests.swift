import Foundation
import LoadBalancing
import Testing

/// `golden/replica-choice.json`: the slot of every visit of one rank, as serving systems choose it.
@Suite struct ReplicaChoiceConformanceTests {
  struct Known: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var nodes: Int
    var physicalToLogical: [Int]
    var rank: Int
    var visits: [[UInt16]]
    var vllm: [[Int]]
    var vllmHashed: [[Int]]
    var tensorrt: [[Int]]
    var atom: [[Int]]
    var ascendPeriodic: [[Int]]
    var tensorParallel: Int
    /// `[experts]`.
    var ascendFixed: [Int]
    /// `[ranks][experts]`, −1 where replicas are dealt at random.
    var sglangNearest: [[Int]]
  }

  @Test func everyVisitGoesWhereTheSystemSendsIt() throws {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/replica-choice.json"))
    #expect(!cases.isEmpty)
    for known in cases {
      let tokens = known.visits
      let sources = Array(repeating: UInt32(known.rank), count: tokens.count)
      func slots(_ rule: some ReplicaDispatch) -> [[Int]] { Self.slots(rule, tokens, sources, known) }
      #expect(slots(VLLMDispatch()) == known.vllm, "\(known.name)")
      #expect(slots(VLLMHashedDispatch()) == known.vllmHashed, "\(known.name)")
      #expect(slots(TensorRTDispatch()) == known.tensorrt, "\(known.name)")
      #expect(slots(ATOMDispatch()) == known.atom, "\(known.name)")
      #expect(slots(AscendPeriodicDispatch()) == known.ascendPeriodic, "\(known.name)")
      let fixed = slots(AscendFixedDispatch(tensorParallel: known.tensorParallel))
      #expect(fixed == tokens.map { $0.map { known.ascendFixed[Int($0)] } }, "\(known.name)")
    }
  }

  /// Every rank's choice of every expert; where they are dealt, each replica gets its part to within one.
  @Test func sglangsMapIsTheNearestAndDealsTheRest() throws {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/replica-choice.json"))
    for known in cases {
      let experts = (0..<known.experts).map { [UInt16($0)] }
      var dealt: [[Int]: Int] = [:]
      for rank in 0..<known.ranks {
        let sources = Array(repeating: UInt32(rank), count: known.experts)
        let chosen = Self.slots(SGLangStaticDispatch(), experts, sources, known).map { $0[0] }
        for (expert, slot) in chosen.enumerated() {
          let near = known.sglangNearest[rank][expert]
          if near >= 0 { #expect(slot == near, "\(known.name): rank \(rank), expert \(expert)") }
          if near < 0 { dealt[[expert, slot], default: 0] += 1 }
        }
      }
      for expert in 0..<known.experts {
        let slots = known.physicalToLogical.indices.filter { known.physicalToLogical[$0] == expert }
        let each = slots.map { dealt[[expert, $0], default: 0] }
        #expect((each.max() ?? 0) - (each.min() ?? 0) <= 1, "\(known.name): expert \(expert)")
      }
    }
  }

  private static func slots(
    _ rule: some ReplicaDispatch, _ tokens: [[UInt16]], _ sources: [UInt32], _ known: Known
  ) -> [[Int]] {
    var rule = rule
    let topK = tokens.first?.count ?? 1
    let placement = LayerPlacement(
      experts: known.experts, ranks: known.ranks, physicalToLogical: known.physicalToLogical)
    let context = DispatchContext(placement: placement, topK: topK, ranksPerNode: known.ranks / known.nodes)
    let experts = tokens.flatMap(\.self)
    var slots = Array(repeating: UInt16.max, count: experts.count)
    var span = slots.mutableSpan
    rule.assign(experts: experts.span, sources: sources.span, in: context, into: &span)
    return stride(from: 0, to: slots.count, by: topK).map { slots[$0..<$0 + topK].map { Int($0) } }
  }
}
