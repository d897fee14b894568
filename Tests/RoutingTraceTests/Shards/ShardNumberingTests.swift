import Diagnostics
import RoutingTrace
import TestTraces
import Testing

/// Numbers and sequences of files that go on with a recording, and of files that begin another.
@Suite struct ShardNumberingTests {
  private let header = TraceHeader(name: "r", content: .tokens, layerNumbers: [0], experts: 4, topK: 1)

  private func files(_ files: [[(number: Int, sequences: [UInt32]?)]]) throws -> (TemporaryFolder, [String]) {
    let folder = try TemporaryFolder()
    let paths = try files.enumerated().map { place, steps in
      let path = folder.file("\(place).moetrace")
      try Sample.write(
        steps.map { RoutingStep(number: $0.number, tokens: 2, experts: [1, 2], sequences: $0.sequences) }, header,
        to: path)
      return path
    }
    return (folder, paths)
  }

  @Test func `a file whose steps go on keeps its sequences, one that starts over has others`() throws {
    let (folder, paths) = try files([
      [(5, [3, 7]), (8, [0, 3])], [(9, [7, 8])], [(0, [1, 2]), (4, [2, 0])], [(5, [0, 9])], [(5, [0, 1])],
    ])
    let source = try StepSelection().open(TraceFiles(paths))
    #expect(source.notes.isEmpty)
    let found = try all(source)
    #expect(found.map(\.number) == [5, 8, 9, 10, 14, 15, 16])
    #expect(found.map(\.sequences) == [[3, 7], [0, 3], [7, 8], [10, 11], [11, 9], [9, 18], [19, 20]])
    #expect(source.notes.count == 1 && source.notes[0].contains("The 5 files are 3 recordings"))
    withExtendedLifetime(folder) {}
  }

  @Test func `what is not wanted counts, so that a selection is part of the whole`() throws {
    let (folder, paths) = try files([
      [(0, [40, 1]), (1, [2, 3])], [(0, [5, 1])], [(0, [0, 1]), (1, nil), (2, [4, 4])],
    ])
    let whole = try all(StepSelection().open(TraceFiles(paths)))
    #expect(whole.map(\.sequences) == [[40, 1], [2, 3], [46, 42], [47, 48], nil, [51, 51]])
    for range in [1..<4, 2..<6, 5..<6] {
      for digesting in [true, false] {
        let part = try all(StepSelection(steps: range).open(TraceFiles(paths), digesting: digesting))
        #expect(part == Array(whole[range]))
      }
    }
    for seed in 0..<8 {
      let draw = try StepDraw("uniform:2,seed=\(seed)")
      let part = try all(StepSelection(draw: draw).open(TraceFiles(paths)))
      #expect(part.allSatisfy(whole.contains))
    }
    withExtendedLifetime(folder) {}
  }

  @Test func `ids and numbers that run out are said`() throws {
    let (first, wide) = try files([[(0, [.max, 0])], [(0, [0, 1])]])
    let error = #expect(throws: InputError.self) { try all(StepSelection().open(TraceFiles(wide))) }
    #expect(error?.subject == wide[1] && error?.message.hasPrefix("sequence ids run out") == true)
    let (second, late) = try files([[(.max - 1, nil)], [(0, nil), (1, nil)]])
    #expect { try all(StepSelection().open(TraceFiles(late))) } throws: { "\($0)".hasSuffix("step numbers run out") }
    withExtendedLifetime((first, second)) {}
  }

  @Test func `a phase of a file's header is that of its steps where files differ`() throws {
    let folder = try TemporaryFolder()
    let steps = [RoutingStep(number: 0, tokens: 2, experts: [1, 2])]
    for phase in [Phase.prefill, .decode] {
      var header = header
      (header.phase, header.name) = (phase, phase.rawValue)
      try Sample.write(steps, header, to: folder.file("\(phase).jsonl"))
    }
    let source = try StepSelection().open(folder.path)
    #expect(source.header.phase == nil && source.header.name == "decode … prefill")
    #expect(try all(source).map(\.phase) == [.decode, .prefill])
    #expect(try all(StepSelection(phase: .prefill).open(folder.path)).map(\.number) == [1])
  }
}
