import Diagnostics
import RoutingTrace
import TestTraces
import Testing

@Suite struct PhaseStepsTests {
  private static let phases: [Phase?] = [.prefill, .decode, .mixed, nil, .decode, .decode, .prefill, .mixed]

  private static func source(_ phases: [Phase?] = phases, uniform: Phase? = nil) -> StoredSteps {
    var header = Sample.header()
    header.name = "small"
    header.phase = uniform
    var steps = Sample.steps(header, count: phases.count)
    for index in steps.indices {
      steps[index].phase = phases[index]
      steps[index].sequences = nil
    }
    return StoredSteps(header: header, steps: steps)
  }

  @Test func `both filters, mixed steps and those of no phase add up to all`() throws {
    let prefill = try all(PhaseSteps(.prefill, of: Self.source()))
    let decode = try all(PhaseSteps(.decode, of: Self.source()))
    let steps = try all(Self.source())
    #expect(prefill == steps.filter { $0.phase == .prefill } && prefill.count == 2)
    #expect(decode == steps.filter { $0.phase == .decode } && decode.count == 3)
    let others = steps.filter { $0.phase == .mixed || $0.phase == nil }
    #expect((prefill + decode + others).sorted { $0.number < $1.number } == steps)
  }

  @Test func `what was left out is said once all steps were read`() throws {
    let source = try LayerSlice(0..<1, of: PhaseSteps(.decode, of: Self.source()))
    #expect(try all(source).count == 3)
    #expect(
      source.notes == [
        "Phase decode of trace 'small': 3 of 8 steps; left out: 2 prefill, 2 mixed, 1 of no known phase."
      ])
  }

  @Test func `a step is of its trace's phase where it says nothing`() throws {
    let source = PhaseSteps(.decode, of: Self.source([nil, .prefill, nil], uniform: .decode))
    #expect(source.header.phase == .decode)
    #expect(try all(source).map(\.number) == [10, 16])
    #expect(source.notes == ["Phase decode of trace 'small': 2 of 3 steps; left out: 1 prefill."])
  }

  @Test func `a trace without steps of the phase is refused at its end`() {
    let error = #expect(throws: InputError.self) {
      try all(PhaseSteps(.prefill, of: Self.source([.decode, .mixed, .decode])))
    }
    #expect(error?.status == .usage)
    #expect("\(error!)" == "--phase prefill: none of the 3 steps of trace 'small' is: 2 decode, 1 mixed")
  }

  @Test func `repeated steps are of the phase, too, and are told once`() throws {
    let open = { PhaseSteps(.decode, of: Self.source()) }
    let source = RepeatedSteps(3, of: open(), open: open)
    #expect(try all(source).map(\.phase) == Array(repeating: .decode, count: 9))
    #expect(source.notes.count == 1 && source.notes[0].contains("3 of 8 steps"))
  }
}
