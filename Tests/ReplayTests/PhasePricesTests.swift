import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

@Suite struct PhasePricesTests {
  /// A recording whose even steps are prefill's.
  private static let trace: (header: TraceHeader, steps: [RoutingStep]) = {
    let small = SmallTrace(steps: 6)
    let steps = small.steps.map { step in
      var step = step
      step.phase = step.number % 2 == 0 ? .prefill : .decode
      return step
    }
    return (small.header, steps)
  }()

  private static func time(_ machine: Machine, steps: [RoutingStep]) throws -> PolicyResult.Time {
    let model = try Fixture.model(experts: 16, topK: 2, layers: 3)
    let setting = try ReplaySetting(header: trace.header, machine: machine, model: model)
    let job = ReplayJob(setting: setting, policies: [], threads: 1)
    return try job.run(on: StoredSteps(header: trace.header, steps: steps)).result.policies[0].time
  }

  @Test("Every step is priced by the kernels of its phase")
  func phases() throws {
    var slow = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    let fast = slow
    slow.copies = .direct
    slow.scaleOut?.dispatchBandwidth /= 3
    slow.scaleUp?.combineBandwidth /= 3
    slow.scaleOut?.dispatchLatency = Latency(77)
    slow.gpu?.hbm /= 5
    slow.overlap = .full
    let both = try Self.time(Machine(prefill: slow, decode: fast), steps: Self.trace.steps)
    let prefill = try Self.time(Machine(slow), steps: Self.trace.steps.filter { $0.phase == .prefill })
    let decode = try Self.time(Machine(fast), steps: Self.trace.steps.filter { $0.phase == .decode })
    #expect(abs(both.dispatch - prefill.dispatch - decode.dispatch) < 1e-9 * both.dispatch)
    #expect(abs(both.comm - prefill.comm - decode.comm) < 1e-9 * both.comm)
    #expect(abs(both.total - prefill.total - decode.total) < 1e-9 * both.total)
    let experts = try #require(both.experts)
    #expect(abs(experts - (prefill.experts ?? 0) - (decode.experts ?? 0)) < 1e-9 * experts)
    #expect(both.comm < (try Self.time(Machine(slow), steps: Self.trace.steps)).comm)
  }
}
