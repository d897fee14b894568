import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing

@Suite struct ShardedStepsTests {
  static let formats = [[".moetrace"], [".jsonl"], [".jsonl.gz", ".moetrace", ".jsonl"]]

  private func steps(
    _ paths: [String], _ selection: StepSelection = StepSelection(), threads: Int = 2, digesting: Bool = true
  ) throws -> [RoutingStep] {
    try all(selection.open(TraceFiles(paths, threads: threads), threads: threads, digesting: digesting))
  }

  @Test(arguments: TraceRoundTripTests.headers, formats)
  func `files cut anywhere are the file that they were cut from`(header: TraceHeader, suffixes: [String]) throws {
    let steps = Sample.steps(header, count: 23)
    for (seed, count) in [2, 3, 7, 12, 23].enumerated() {
      let pieces = try Pieces(of: steps, header, count: count, suffixes: suffixes, seed: UInt64(seed))
      for threads in [1, 2, 5] {
        let source = try StepSelection().open(TraceFiles(pieces.paths.reversed(), threads: threads), threads: threads)
        #expect(source.header == header)
        #expect(try all(source) == steps)
        #expect(source.notes.isEmpty && source.digest == nil)
        #expect(source.origin.files.map(\.name) == pieces.paths.map { String($0.split(separator: "/").last ?? "") })
        #expect(source.origin.files.reduce(0) { $0 + $1.steps } == 23)
        let digests = try pieces.paths.map { path in
          let reader = try TraceReader(path: path)
          _ = try all(reader)
          return reader.digest
        }
        #expect(source.origin.files.map(\.sha256) == digests)
      }
    }
  }

  @Test(arguments: formats) func `steps are sought over borders, and every file is digested`(suffixes: [String]) throws
  {
    let header = Sample.header()
    let steps = Sample.steps(header, count: 20)
    let pieces = try Pieces(of: steps, header, count: 6, suffixes: suffixes)
    for range in [0..<1, 0..<20, 3..<17, 9..<11, 19..<20] {
      let source = try StepSelection(steps: range).open(TraceFiles(pieces.paths))
      #expect(try all(source) == Array(steps[range]))
      #expect(source.fraction == 1)
      #expect(source.origin.files.count == 6 && source.origin.files.allSatisfy { $0.sha256?.count == 64 })
      #expect(source.origin.files.reduce(0) { $0 + $1.steps } == range.count)
      #expect(try self.steps(pieces.paths, StepSelection(steps: range), digesting: false) == Array(steps[range]))
    }
    #expect(try self.steps(pieces.paths, StepSelection(steps: 18..<Int.max)) == Array(steps[18...]))
    for range in [19..<21, 20..<Int.max] {
      let error = #expect(throws: InputError.self) { try self.steps(pieces.paths, StepSelection(steps: range)) }
      #expect(error?.status == .usage && error?.message.hasSuffix("the trace has 20") == true)
    }
  }

  @Test func `layers and phases are those of all files`() throws {
    let header = Sample.header(layers: 3)
    let steps = Sample.steps(header, count: 18)
    let pieces = try Pieces(of: steps, header, count: 5)
    let folder = try TemporaryFolder()
    try Sample.write(steps, header, to: folder.file("whole.moetrace"))
    let selection = StepSelection(steps: 2..<17, layers: 1..<3, phase: .decode)
    #expect(try self.steps(pieces.paths, selection) == self.steps([folder.file("whole.moetrace")], selection))
  }

  @Test func `many members of several files come in order on any number of threads`() throws {
    let header = Sample.header(experts: 64, topK: 8, layers: 10)
    let steps = Sample.steps(header, count: 300, tokens: 200, isFull: false)
    let pieces = try Pieces(of: steps, header, count: 9)
    for threads in [1, 2, 5] { #expect(try self.steps(pieces.paths, threads: threads) == steps) }
  }

  @Test func `what a folder holds is taken in natural order, and what is no trace is told`() throws {
    let header = Sample.header()
    let steps = Sample.steps(header, count: 24)
    let pieces = try Pieces(of: steps, header, count: 12, suffixes: [".jsonl", ".moetrace"])
    #expect(try self.steps([pieces.folder.path]) == steps)
    #expect(try self.steps([pieces.folder.path + "/"]) == steps)
    try pieces.folder.write("Recorded on a Tuesday.", to: "README.md")
    try pieces.folder.write("", to: ".hidden.jsonl")
    let source = try StepSelection().open(pieces.folder.path)
    #expect(source.notes == ["Left out of \(pieces.folder.path), as no trace has such a name: README.md."])
    #expect(try all(source) == steps)
  }

  @Test func `a folder of one file is that file`() throws {
    let header = Sample.header()
    let steps = Sample.steps(header, count: 4)
    let pieces = try Pieces(of: steps, header, count: 1)
    let reader = try TraceReader(path: pieces.paths[0])
    _ = try all(reader)
    for _ in 0..<2 {
      let source = try StepSelection().open(pieces.folder.path)
      #expect(try all(source) == steps)
      #expect(source.digest == reader.digest && source.origin == StepOrigin())
      try pieces.folder.write("no trace", to: "notes.txt")
    }
  }
}
