import Diagnostics
import LoadBalancing
import Testing

@Suite struct RebalanceScheduleTests {
  @Test(arguments: [
    (RebalanceSchedule.Kind.never, []), (.initial, [0]), (.once(at: 3), [3]), (.every(steps: 3), [3, 6, 9]),
    (.every(steps: 4, from: 0), [0, 4, 8]), (.every(steps: 4, from: 1), [1, 5, 9]),
    (.threshold(balancedness: 0.9, checkEvery: 3), [3, 6, 9]),
  ]) func isDueWhenItSays(kind: RebalanceSchedule.Kind, due: [Int]) {
    let schedule = RebalanceSchedule(kind)
    #expect((0..<10).filter { schedule.isDue(afterStep: $0) } == due)
    for over in 0..<9 {
      #expect(schedule.nextDue(afterStep: over).flatMap { $0 < 10 ? $0 : nil } == due.first { $0 > over })
    }
  }

  @Test(arguments: [
    ("steps: 3000, from: 1/4", 750), ("steps: 64, from: 1/4", 16), ("steps: 7, from: 3/4", 5),
    ("steps: 2, from: 1/4", 1), ("steps: 7, from: 1/1", 7), ("steps: 8, from: 5", 5), ("steps: 8", nil),
  ]) func `the first plan may come after a part of the interval`(section: String, first: Int?) throws {
    let schedule = try RebalanceSchedule(settings: Settings(parsing: "{kind: every, \(section)}", name: "s"))
    guard case .every(_, let from) = schedule.kind else { throw InputError("another kind") }
    #expect(from == first)
  }

  @Test(arguments: ["0/4", "5/4", "1/", "1/4/4", "-1/4", "a/b", "1/0", "0.5/1"])
  func `a part of the interval is at most all of it`(part: String) {
    let error = #expect(throws: InputError.self) {
      try RebalanceSchedule(settings: Settings(parsing: "{kind: every, steps: 8, from: \(part)}", name: "s.yaml"))
    }
    let expected = "expected a number of steps, or a part of those between plans such as 1/4"
    #expect(error?.description == "s.yaml: line 1: from: '\(part)', \(expected)")
  }

  @Test func thresholdWantsAPlanOnlyForAnUnevenPlacement() {
    let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 4)
    let schedule = RebalanceSchedule(.threshold(balancedness: 0.9, checkEvery: 1))
    let uneven = ExpertLoad(layers: 1, experts: 4, values: [4, 3, 2, 1])
    #expect(schedule.isWanted(for: uneven, current: .contiguous(shape)))
    let even = ExpertLoad(layers: 1, experts: 4, values: [4, 1, 3, 2])
    #expect(!schedule.isWanted(for: even, current: .contiguous(shape)))
  }

  @Test func minimumGainDropsAPlanThatHelpsTooLittle() {
    let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 4)
    let load = ExpertLoad(layers: 1, experts: 4, values: [4, 3, 2, 1])
    let plan = Placement(ranks: 2, layers: [LayerPlacement(experts: 4, ranks: 2, physicalToLogical: [0, 3, 1, 2])])
    // The hottest rank falls from 7 to 5 tokens: 2/7.
    for (gain, isWorthIt) in [(0.0, true), (0.28, true), (0.29, false)] {
      let schedule = RebalanceSchedule(.every(steps: 1, from: 1), minimumGain: gain)
      #expect(schedule.isWorthMoving(to: plan, from: .contiguous(shape), load: load) == isWorthIt)
    }
  }
}
