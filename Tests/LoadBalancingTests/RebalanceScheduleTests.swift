import LoadBalancing
import Testing

@Suite struct RebalanceScheduleTests {
  @Test(arguments: [
    (RebalanceSchedule.Kind.never, []), (.initial, [0]), (.once(at: 3), [3]), (.every(steps: 3, from: 3), [3, 6, 9]),
    (.every(steps: 4, from: 0), [0, 4, 8]), (.every(steps: 4, from: 1), [1, 5, 9]),
  ]) func isDueWhenItSays(kind: RebalanceSchedule.Kind, due: [Int]) {
    let schedule = RebalanceSchedule(kind)
    #expect((0..<10).filter { schedule.isDue(afterStep: $0) } == due)
    for over in 0..<9 {
      #expect(schedule.nextDue(afterStep: over).flatMap { $0 < 10 ? $0 : nil } == due.first { $0 > over })
    }
  }
}
