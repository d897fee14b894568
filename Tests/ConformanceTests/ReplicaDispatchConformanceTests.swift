import Foundation
import LoadBalancing
import Testing

/// `golden/port.json`: which replica every token goes to, seen in the load of every rank.
@Suite struct ReplicaDispatchConformanceTests {
  struct Known: Decodable {
    struct Step: Decodable {
      var source: [UInt32]
      var layers: [[[UInt16]]]
    }
    struct Expected: Decodable {
      var rankLoad: [[[Int]]]
    }
    var name: String
    var experts: Int
    var topK: Int
    var ranks: Int
    var ranksPerNode: Int
    var dispatchRule: String
    var physicalToLogical: [[Int]]
    var steps: [Step]
    var expected: Expected
  }

  @Test func rankLoadsEqualTheReference() throws {
    let data = try Shared.data("golden/port.json")
    let cases = try JSONDecoder().decode([Known].self, from: data)
    #expect(cases.count == 16)
    for known in cases {
      var dispatch: any ReplicaDispatch = known.dispatchRule == "even" ? EvenDispatch() : NearestDispatch()
      let loads = known.steps.map { step in
        zip(step.layers, known.physicalToLogical).map { rankLoad(of: $0, step.source, map: $1, known, &dispatch) }
      }
      #expect(loads == known.expected.rankLoad, "\(known.name)")
    }
  }

  private func rankLoad(
    of layer: [[UInt16]], _ sources: [UInt32], map: [Int], _ known: Known, _ dispatch: inout any ReplicaDispatch
  ) -> [Int] {
    let placement = LayerPlacement(experts: known.experts, ranks: known.ranks, physicalToLogical: map)
    var slots = Array(repeating: UInt16.max, count: sources.count * known.topK)
    let experts = layer.flatMap(\.self)
    var span = slots.mutableSpan
    let context = DispatchContext(placement: placement, topK: known.topK, ranksPerNode: known.ranksPerNode)
    dispatch.assign(experts: experts.span, sources: sources.span, in: context, into: &span)
    var load = Array(repeating: 0, count: known.ranks)
    for slot in slots { load[placement.rank(ofSlot: Int(slot))] += 1 }
    return load
  }
}
