import Diagnostics
import RoutingTrace
import Testing

@Suite struct MergedStepsTests {
  private final class Steps: StepSource {
    let header: TraceHeader
    private var steps: ArraySlice<RoutingStep>

    init(_ header: TraceHeader, _ steps: [RoutingStep]) {
      self.header = header
      self.steps = steps[...]
    }

    func next() -> RoutingStep? { steps.popFirst() }
  }

  private let tokens = TraceHeader(name: "t", content: .tokens, layerNumbers: [0, 1], experts: 8, topK: 1)
  private let counts = TraceHeader(name: "c", content: .counts, layerNumbers: [0, 1], experts: 2, topK: 1)

  private func merged(_ count: Int, _ header: TraceHeader, _ steps: [RoutingStep]) throws -> [RoutingStep] {
    let source = MergedSteps(count, of: Steps(header, steps))
    var found: [RoutingStep] = []
    while let step = try source.next() { found.append(step) }
    return found
  }

  @Test func tokensAreJoinedLayerByLayerWithWhatIsKnownOfThem() throws {
    let steps = [
      RoutingStep(
        number: 3, phase: .decode, tokens: 1, experts: [1, 2], weights: [0.1, 0.2], sources: [7], sequences: [5],
        tokenIDs: [9]),
      RoutingStep(
        number: 4, phase: .decode, tokens: 2, experts: [3, 4, 5, 6], weights: [0.3, 0.4, 0.5, 0.6], sources: [0, 1],
        sequences: [5, 6]),
    ]
    let step = RoutingStep(
      number: 3, phase: .decode, tokens: 3, experts: [1, 3, 4, 2, 5, 6], weights: [0.1, 0.3, 0.4, 0.2, 0.5, 0.6],
      sources: [7, 0, 1], sequences: [5, 5, 6])
    #expect(try merged(2, tokens, steps) == [step])
    try step.validate(against: tokens)
  }

  @Test func countsAddUpAndTheRestIsAStepOfItsOwn() throws {
    let steps = (1...3).map { RoutingStep(number: $0, tokens: 3, counts: [1, 2, UInt64($0), 0]) }
    let found = try merged(2, counts, steps)
    #expect(found.map(\.counts) == [[2, 4, 3, 0], [1, 2, 3, 0]])
    #expect(found.map(\.tokens) == [6, 3])
    #expect(found.map(\.number) == [1, 3])
  }

  @Test func stepsOfDifferentPhasesAreMixed() throws {
    let steps = [Phase.prefill, .decode].map { RoutingStep(number: 0, phase: $0, tokens: 1, experts: [0, 0]) }
    #expect(try merged(2, tokens, steps).map(\.phase) == [.mixed])
  }

  @Test(arguments: [1, 2, 3, 7, 100]) func theLoadIsConserved(count: Int) throws {
    let steps = (0..<20).map { number in
      RoutingStep(number: number, tokens: 4, experts: (0..<8).map { UInt16(($0 * 3 + number) % 8) })
    }
    func load(_ steps: [RoutingStep]) -> [[Int]] {
      (0..<2).map { layer in
        (0..<8).map { expert in
          steps.reduce(0) { sum, step in
            sum + step.experts[layer * step.tokens..<(layer + 1) * step.tokens].count { $0 == expert }
          }
        }
      }
    }
    let found = try merged(count, tokens, steps)
    #expect(load(found) == load(steps))
    #expect(found.count == (20 + count - 1) / count)
    #expect(count > 1 || found == steps)
  }

  @Test func moreTokensThanCanBeCountedAreRefused() {
    let steps = (0..<2).map { RoutingStep(number: $0, tokens: 1, counts: [UInt64.max / 2 + 1, 0, 1, 0]) }
    #expect(throws: InputError.self) { try merged(2, counts, steps) }
  }
}
