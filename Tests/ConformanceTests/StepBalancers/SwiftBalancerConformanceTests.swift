import Foundation
import LoadBalancing
import Testing

/// `golden/swift-balancer.json`: Ascend's SwiftBalancer as published.
@Suite struct SwiftBalancerConformanceTests {
  struct Known: Decodable {
    var name: String
    var experts: Int
    var ranks: Int
    var ranksPerNode: Int
    var insideNode: Bool
    /// `[layers][ranks][slots]` experts and tokens.
    var current: [[[Int]]]
    var slotLoad: [[[Double]]]
    /// `[layers][ranks]` experts, ascending.
    var placement: [[[Int]]]
    var changed: Int
    /// `[layers]` experts that came to a rank, and hottest rank over the mean.
    var moved: [Int]
    var before: [Double]
    var after: [Double]

    var shape: PlacementShape {
      PlacementShape(
        layers: current.count, experts: experts, ranks: ranks, nodes: ranks / ranksPerNode, groups: 1,
        slots: current[0].joined().count)
    }

    var load: ExpertLoad {
      var load = ExpertLoad(zeroFor: current.count, experts: experts)
      for (layer, rows) in current.enumerated() {
        for (expert, tokens) in zip(rows.joined(), slotLoad[layer].joined()) {
          load.values[layer * experts + expert] += tokens
        }
      }
      return load
    }

    var inForce: Placement {
      let layers = current.map {
        LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: Array($0.joined()))
      }
      return Placement(ranks: ranks, layers: layers)
    }
  }

  @Test func plansAreThoseOfThePublishedCode() throws {
    let cases = try JSONDecoder().decode([Known].self, from: Shared.data("golden/swift-balancer.json"))
    #expect(!cases.isEmpty)
    for known in cases {
      let planner = SwiftPlanner(slotBudget: .total(known.shape.slots), staysInsideNodes: known.insideNode)
      let plan = try planner.plan(PlanningContext(load: known.load, shape: known.shape, current: known.inForce))
      for layer in plan.layers.indices {
        let (new, old) = (plan.layers[layer], known.inForce.layers[layer])
        let label = "\(known.name), layer \(layer)"
        let rows = (0..<known.ranks).map { new.experts(onRank: $0).sorted() }
        #expect(rows == known.placement[layer], "\(label)")
        let moved = (0..<known.ranks).reduce(0) {
          $0 + Set(new.experts(onRank: $1)).subtracting(old.experts(onRank: $1)).count
        }
        #expect(moved == known.moved[layer], "\(label)")
        #expect(abs(imbalance(old, known.load[layer]) - known.before[layer]) < 1e-6, "\(label)")
        #expect(abs(imbalance(new, known.load[layer]) - known.after[layer]) < 1e-6, "\(label)")
        for rank in 0..<known.ranks { expectSlotsKept(new.experts(onRank: rank), old.experts(onRank: rank), label) }
      }
      #expect(isChanged(known, planner) == (known.changed == 1), "\(known.name)")
    }
  }

  /// An expert that its rank had before has a slot that it had.
  private func expectSlotsKept(_ new: ArraySlice<Int>, _ old: ArraySlice<Int>, _ label: String) {
    for (slot, expert) in zip(new.indices, new) where old.contains(expert) {
      #expect(old[slot] == expert || old.count { $0 == expert } < new.count { $0 == expert }, "\(label), slot \(slot)")
    }
  }

  private func imbalance(_ placement: LayerPlacement, _ load: ArraySlice<Double>) -> Double {
    let ranks = placement.rankLoads(of: load)
    let mean = ranks.reduce(0, +) / Double(ranks.count)
    return mean > 0 ? (ranks.max() ?? 0) / mean : 1
  }

  /// What the planner says to the server, which ignores it: whether hottest ranks fall by a twentieth in all.
  private func isChanged(_ known: Known, _ planner: SwiftPlanner) -> Bool {
    let mean = known.load[0].reduce(0, +) / Double(known.ranks)
    var (before, after) = (0.0, 0.0)
    for layer in known.current.indices {
      let hottest = known.slotLoad[layer].map { $0.reduce(0, +) }.max() ?? 0
      before += hottest
      let planned = planner.planned(
        known.inForce.layers[layer], load: known.load[layer], firstMean: mean, shape: known.shape)
      after += planned.hottest ?? hottest
    }
    return after < 0.95 * before
  }
}
