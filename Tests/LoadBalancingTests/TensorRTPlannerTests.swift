import Diagnostics
import LoadBalancing
import Testing

@Suite struct TensorRTPlannerTests {
  private static let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 6)

  private static func plan(
    _ values: [Double], cooccurrence: Double? = nil, coactivation: Coactivation? = nil
  ) throws -> [Int] {
    let load = ExpertLoad(layers: 1, experts: 4, values: values)
    let planner = TensorRTPlanner(slotBudget: .total(6), cooccurrence: cooccurrence)
    return try planner.plan(PlanningContext(load: load, shape: shape, coactivation: coactivation)).layers[0]
      .physicalToLogical
  }

  /// Three experts have as much load per copy: those of highest id get the slots, and the lowest is packed first.
  @Test func copiesGoToTheHighestIdAndRanksTakeTheLowestFirst() throws {
    #expect(try Self.plan([8, 8, 8, 2]) == [0, 2, 3, 1, 1, 2])
  }

  @Test func withoutLoadTheFirstExpertsHaveTheSlots() throws {
    #expect(try Self.plan([0, 0, 0, 0]).sorted() == [0, 0, 1, 1, 2, 3])
  }

  @Test func expertsChosenTogetherShareARankUntilItIsFull() throws {
    var coactivation = Coactivation(layers: 1, experts: 4)
    for _ in 0..<10 { coactivation.add([0, 3], topK: 2) }
    coactivation.add([1, 2], topK: 2)
    let plan = try Self.plan([9, 8, 8, 8], cooccurrence: 1, coactivation: coactivation)
    #expect(plan == [1, 2, 3, 0, 3, 0])
  }

  @Test func cooccurrenceNeedsPairs() {
    let error = #expect(throws: InputError.self) { try Self.plan([9, 8, 8, 8], cooccurrence: 0.8) }
    #expect(error?.description.contains("counts do not say which experts are chosen together") == true)
  }
}
