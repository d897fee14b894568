import Foundation
import LoadBalancing
import Testing

@Suite struct EPLBPlannerTests {
  struct Known: Decodable, CustomTestStringConvertible {
    var name: String
    var weight: [[Double]]
    var replicas: Int
    var groups: Int
    var nodes: Int
    var gpus: Int
    var physicalToLogical: [[Int]]
    var logicalCount: [[Int]]
    var testDescription: String { name }
  }

  static let known: [Known] = {
    let url = Bundle.module.url(forResource: "eplb", withExtension: "json", subdirectory: "Data")
    guard let url, let data = try? Data(contentsOf: url) else { return [] }
    return (try? JSONDecoder().decode([Known].self, from: data)) ?? []
  }()

  @Test func theKnownAnswersAreThere() { #expect(Self.known.count == 25) }

  @Test(arguments: known) func equalsTheReferenceInEverySlot(_ known: Known) throws {
    let shape = PlacementShape(
      layers: known.weight.count, experts: known.weight[0].count, ranks: known.gpus, nodes: known.nodes,
      groups: known.groups, slots: known.replicas)
    let load = ExpertLoad(layers: shape.layers, experts: shape.experts, values: known.weight.flatMap(\.self))
    let plan = try EPLBPlanner(slotBudget: .total(known.replicas)).plan(PlanningContext(load: load, shape: shape))
    let rows = plan.layers.map(\.physicalToLogical)
    #expect(rows == known.physicalToLogical)
    let counts = plan.layers.map { layer in (0..<shape.experts).map { layer.slots(ofExpert: $0).count } }
    #expect(counts == known.logicalCount)
  }

  @Test func rejectsGroupsThatDoNotDivideTheExperts() {
    let shape = PlacementShape(layers: 1, experts: 10, ranks: 2, nodes: 1, groups: 3, slots: 12)
    let load = ExpertLoad(zeroFor: 1, experts: 10)
    #expect(throws: (any Error).self) {
      try EPLBPlanner(slotBudget: .total(12)).plan(PlanningContext(load: load, shape: shape))
    }
  }
}
