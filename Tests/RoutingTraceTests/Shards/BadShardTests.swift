import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing

/// What is wrong with a set of files is said before the first step is given.
@Suite struct BadShardTests {
  private func error(_ paths: [String]) -> InputError? {
    #expect(throws: InputError.self) { try TraceFiles(paths) }
  }

  private func file(_ folder: TemporaryFolder, _ name: String, _ header: TraceHeader, first: Int = 0) throws -> String {
    var steps = Sample.steps(header, count: 2, isFull: false)
    for index in steps.indices { steps[index].number += first }
    try Sample.write(steps, header, to: folder.file(name))
    return folder.file(name)
  }

  @Test func `files of different shapes are both named`() throws {
    let folder = try TemporaryFolder()
    let first = try file(folder, "1.moetrace", Sample.header())
    var grouped = Sample.header()
    grouped.groups = 2
    var other = Sample.header()
    other.model = "another"
    var shifted = Sample.header()
    shifted.layerNumbers = [4, 5]
    var unknown = Sample.header(content: .counts)
    unknown.topK = nil
    let counts = try file(folder, "3.jsonl", Sample.header(content: .counts))
    for (header, message) in [
      (Sample.header(experts: 32), "32 experts, but \(first) has 16 experts"),
      (Sample.header(topK: 2), "top-2, but \(first) has top-3"),
      (Sample.header(layers: 3), "3 MoE layers, but \(first) has 2 MoE layers"),
      (shifted, "MoE layers 4…5, but \(first) has MoE layers 3…4"),
      (Sample.header(content: .counts), "counts, but \(first) has tokens"),
      (grouped, "2 expert groups, but \(first) has 1 expert groups"),
      (other, "model 'another', but \(first) has model 'none'"),
    ] {
      let second = try file(folder, "2.jsonl", header)
      let error = error([second, first])
      #expect(error?.subject == second && error?.status == .usage)
      #expect(error?.message.hasPrefix("\(message): files that") == true, "\(String(describing: error))")
    }
    let visits = try file(folder, "2.jsonl", unknown)
    #expect(error([visits, counts])?.message.hasPrefix("top-3, but \(visits) has no top-k") == true)
  }

  @Test func `the same file twice, by whatever path, and standard input among others`() throws {
    let folder = try TemporaryFolder()
    let path = try file(folder, "1.moetrace", Sample.header())
    let twice = error([path, path])
    #expect(twice?.status == .usage && twice?.message.hasPrefix("given twice; --repeat") == true)
    try FileManager.default.createSymbolicLink(atPath: folder.file("2.moetrace"), withDestinationPath: path)
    #expect(error([path, folder.file("2.moetrace")])?.message.hasPrefix("the same file as \(path)") == true)
    #expect(error([folder.path])?.message.hasPrefix("the same file as") == true)
    let mixed = error([path, "-"])
    #expect(mixed?.subject == "standard input" && mixed?.status == .usage)
    #expect(throws: InputError.self) { try TraceFiles([]) }
  }

  @Test func `a folder without traces, and files that are not there`() throws {
    let folder = try TemporaryFolder()
    let empty = error([folder.path])
    #expect(empty?.status == .missing && empty?.message.hasSuffix("it is empty") == true)
    try folder.write("x", to: "notes.txt")
    #expect(error([folder.path])?.message.hasSuffix("it holds notes.txt") == true)
    let path = try file(folder, "1.moetrace", Sample.header())
    let missing = error([path, folder.file("3.moetrace")])
    #expect(missing?.status == .missing && missing?.subject == folder.file("3.moetrace"))
  }

  @Test(arguments: ["2.moetrace", "2.jsonl.gz", "2.jsonl"])
  func `a file that is cut short is refused, wherever it is cut`(name: String) throws {
    let folder = try TemporaryFolder()
    let first = try file(folder, "1.moetrace", Sample.header())
    let second = try file(folder, name, Sample.header(), first: 100)
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: second)))
    // Without its last byte, a newline, a text is whole; cut between its steps, it is a shorter recording.
    for length in 0..<bytes.count - 1 where name != "2.jsonl" || !bytes[..<length].endsLayer {
      try folder.write(bytes[..<length], to: name)
      let error = error([first, second])
      #expect(error?.subject == second, "cut after \(length) of \(bytes.count): \(String(describing: error))")
    }
  }

  @Test func `of several files that are wrong the first is named, on any number of threads`() throws {
    let folder = try TemporaryFolder()
    for number in 1...9 {
      _ = try file(folder, "\(number).moetrace", Sample.header(), first: 100 * number)
      if number % 3 == 0 { try folder.write("garbage", to: "\(number).moetrace") }
    }
    for threads in [1, 2, 8] {
      let error = #expect(throws: InputError.self) { try TraceFiles([folder.path], threads: threads) }
      #expect(error?.subject == folder.file("3.moetrace"))
    }
  }

  @Test func `counts of several files together stay below their limit`() throws {
    let folder = try TemporaryFolder()
    let header = TraceHeader(name: "c", content: .counts, layerNumbers: [0], experts: 256, topK: 1)
    // A layer of 2^48 visits in each of 2^13 steps is 2^61: three files are beyond 2^62.
    let counts = [UInt64](repeating: 1 << 40, count: 256)
    for file in 0..<3 {
      try Sample.write(
        (0..<1 << 13).map { RoutingStep(number: file << 13 + $0, tokens: 1 << 48, counts: counts) }, header,
        to: folder.file("\(file).moetrace"))
    }
    let source = try StepSelection().open(folder.path)
    #expect { try all(source) } throws: { "\($0)".contains("visits so far") }
  }
}

extension ArraySlice<UInt8> {
  /// Whether a text ends with a whole step of two layers: its last line is one of layer 1.
  fileprivate var endsLayer: Bool {
    let lines = String(decoding: self, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true)
    guard let line = lines.last, line.contains("\"layer\":1") else { return false }
    return line.hasSuffix("}")
  }
}
