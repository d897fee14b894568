import Diagnostics
import RoutingTrace
import Testing

@Suite struct RepeatedStepsTests {
  private func steps(sequences: [[UInt32]?] = [[3, 7], [0, 3]], numbers: [Int] = [5, 8]) -> StoredSteps {
    let header = TraceHeader(name: "r", content: .tokens, layerNumbers: [0], experts: 4, topK: 1)
    return StoredSteps(
      header: header,
      steps: zip(numbers, sequences).map { number, sequences in
        RoutingStep(number: number, tokens: 2, experts: [1, 2], sequences: sequences)
      })
  }

  private func all(_ source: any StepSource) throws -> [RoutingStep] {
    var found: [RoutingStep] = []
    while let step = try source.next() { found.append(step) }
    return found
  }

  @Test("Steps go on where the recording ended, and sequences are new ones")
  func repeats() throws {
    let found = try all(RepeatedSteps(3, of: steps()) { self.steps() })
    #expect(found.map(\.number) == [5, 8, 9, 12, 13, 16])
    #expect(found.map(\.sequences) == [[3, 7], [0, 3], [11, 15], [8, 11], [19, 23], [16, 19]])
    #expect(found.allSatisfy { $0.experts == [1, 2] })
  }

  @Test("Once is the recording itself")
  func once() throws {
    #expect(try all(RepeatedSteps(1, of: steps()) { self.steps() }) == all(steps()))
  }

  @Test("Ids that run out are said")
  func runsOut() {
    let wide = { self.steps(sequences: [[0, .max - 1], nil]) }
    #expect { try all(RepeatedSteps(2, of: wide(), open: wide)) } throws: {
      "\($0)" == "--repeat 2: sequence ids run out"
    }
    let late = { self.steps(numbers: [0, .max - 1]) }
    #expect { try all(RepeatedSteps(2, of: late(), open: late)) } throws: {
      "\($0)" == "--repeat 2: step numbers run out"
    }
  }
}
