import Diagnostics
import LoadBalancing
import Replay
import RoutingTrace
import TestTraces
import Testing

@Suite struct ForesightTests {
  private let trace = SmallTrace(steps: 12)

  private func load(_ steps: Range<Int>) -> ExpertLoad {
    var sum = ExpertLoad(zeroFor: 3, experts: 16)
    for step in trace.steps[steps] { sum.add(step) }
    return sum
  }

  @Test("A plan is told the steps that it serves, and no others")
  func intervals() throws {
    let view = Foresight(reading: trace.source()).follow(RebalanceSchedule(.every(steps: 4, from: 2)))
    #expect(try view.interval(from: 2).load == load(2..<6))
    #expect(try view.interval(from: 6).load == load(6..<10))
    #expect(try view.interval(from: 10).load == load(10..<12))
  }

  @Test("Schedules share a reading, in whatever order they ask")
  func sharing() throws {
    let foresight = Foresight(reading: trace.source())
    let schedules: [RebalanceSchedule.Kind] = [
      .initial, .once(at: 5), .every(steps: 1, from: 0), .every(steps: 1, from: 0),
      .threshold(balancedness: 1, checkEvery: 5),
    ]
    let views = schedules.map { foresight.follow(RebalanceSchedule($0)) }
    #expect(try views[0].interval(from: 0).load == load(0..<12))
    #expect(try views[4].interval(from: 5).load == load(5..<10))
    for step in 0..<12 { #expect(try views[2].interval(from: step).load == load(step..<step + 1)) }
    #expect(try views[1].interval(from: 5).load == load(5..<12))
    for step in 0..<12 { #expect(try views[3].interval(from: step).load == load(step..<step + 1)) }
    #expect(try views[4].interval(from: 10).load == load(10..<12))
  }

  @Test("An interval is kept until all who follow its schedule have taken it, and no longer")
  func forgetting() throws {
    let foresight = Foresight(reading: trace.source())
    let views = (0..<2).map { _ in foresight.follow(RebalanceSchedule(.every(steps: 4, from: 0))) }
    for view in views { #expect(try view.interval(from: 0).load == load(0..<4)) }
    #expect(throws: InputError.self) { try views[0].interval(from: 0) }
  }
}
