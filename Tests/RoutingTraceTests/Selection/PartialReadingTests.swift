import Containers
import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing

/// What is not asked for of a trace is neither decoded nor checked, and what is asked for is what the whole holds.
@Suite struct PartialReadingTests {
  @Test(arguments: ["a.moetrace", "a.jsonl", "a.jsonl.gz"], [16, 300])
  func `layers are those of the whole`(name: String, experts: Int) throws {
    let folder = try TemporaryFolder()
    for content in [TraceHeader.Content.tokens, .counts] {
      let header = Sample.header(experts: experts, layers: 5, content: content)
      let steps = Sample.steps(header, count: 7)
      try Sample.write(steps, header, to: folder.file(name))
      for layers in [0..<1, 1..<4, 4..<5, 0..<5] {
        let expected = try LayerSlice(layers, of: StoredSteps(header: header, steps: steps))
        let source = try StepSelection(steps: 2..<6, layers: layers).open(folder.file(name))
        #expect(source.header == expected.header)
        #expect(try all(source) == Array(all(expected)[2..<6]))
      }
    }
  }

  @Test func `layers of several files are those of the whole`() throws {
    let header = Sample.header(layers: 3)
    let steps = Sample.steps(header, count: 9)
    let pieces = try Pieces(of: steps, header, count: 3, suffixes: [".jsonl", ".moetrace"], seed: 1)
    let expected = try LayerSlice(1..<2, of: StoredSteps(header: header, steps: steps))
    let source = try StepSelection(layers: 1..<2).open(TraceFiles(pieces.paths))
    #expect(source.header == expected.header)
    #expect(try all(source) == all(expected))
  }

  @Test func `dropped visits of other layers are not those of a slice`() throws {
    let folder = try TemporaryFolder()
    let header = TraceHeader(name: "t", content: .tokens, layerNumbers: [0, 1, 2], experts: 8, topK: 3)
    // Nine visits, so that the second layer begins within a byte of the mask.
    let step = RoutingStep(number: 0, tokens: 1, experts: [0, 1, 2, 3, .max, 5, 6, 7, 0], hasDropped: true)
    let path = folder.file("a.moetrace")
    try Sample.write([step], header, to: path)
    for layer in 0..<3 {
      let read = try all(StepSelection(layers: layer..<layer + 1).open(path))
      #expect(read.map(\.experts) == [Array(step.experts[layer * 3..<layer * 3 + 3])])
      #expect(read.map(\.hasDropped) == [layer == 1])
    }
  }

  /// Two steps of three layers in one member; the second step has an expert beyond the header's in its second layer.
  private static func badTrace(_ folder: TemporaryFolder) throws -> String {
    let header = TraceHeader(name: "t", content: .tokens, layerNumbers: [0, 1, 2], experts: 8, topK: 2)
    var frames = [UInt8]()
    for (number, bad) in [(0, UInt16(3)), (1, 9)] {
      let step = RoutingStep(number: number, tokens: 1, experts: [0, 1, 2, bad, 4, 5])
      try NativeFrame.append(step, header: header, to: &frames)
    }
    let line = #"{"format":"moe-routing-trace","version":1,"layers":3,"experts":8,"topK":2,"content":"tokens"}"# + "\n"
    let end = littleEndian(UInt32(24)) + [3, 0, 0, 0] + littleEndian(UInt64(2)) + littleEndian(UInt64(2))
    var bytes = [UInt8]()
    for (content, first, steps) in [(Array(line.utf8), 0, 0), (frames, 0, 2), (end, 2, 0)] {
      bytes += try GzipMember.deflate(
        content, identifier: (UInt8(ascii: "E"), UInt8(ascii: "R")),
        extra: littleEndian(UInt64(first)) + littleEndian(UInt32(steps)), level: 6)
    }
    return try folder.write(bytes, to: "bad.moetrace")
  }

  @Test func `what is wrong with a layer is told where that layer is read`() throws {
    let folder = try TemporaryFolder()
    let path = try Self.badTrace(folder)
    for layers in [nil, 1..<2, 1..<3, 0..<2] {
      let error = #expect(throws: InputError.self) { try all(StepSelection(layers: layers).open(path)) }
      #expect(error?.place.step == 1 && error?.place.layer == 1, "\(error?.description ?? "")")
    }
    for layers in [0..<1, 2..<3] { #expect(try all(StepSelection(layers: layers).open(path)).count == 2) }
  }

  @Test func `what is wrong with a step is told where that step is read`() throws {
    let folder = try TemporaryFolder()
    let path = try Self.badTrace(folder)
    #expect(try Sample.read(path, steps: 0..<1).map(\.experts) == [[0, 1, 2, 3, 4, 5]])
    #expect(throws: InputError.self) { try Sample.read(path, steps: 1..<2) }
    #expect(throws: InputError.self) { try Sample.read(path) }
  }

  @Test(arguments: ["a.moetrace", "a.jsonl"]) func `layers that are not there are told`(name: String) throws {
    let folder = try TemporaryFolder()
    let header = Sample.header()
    try Sample.write(Sample.steps(header, count: 2), header, to: folder.file(name))
    for layers in [1..<3, 2..<4] {
      #expect { try TraceReader(path: folder.file(name), layers: layers) } throws: {
        "\($0)" == "--layers \(layers.lowerBound):\(layers.upperBound), but the trace has MoE layers 0:2"
      }
    }
  }

  #if os(Linux)
    /// Bytes that this thread has read of files so far.
    private static func bytesRead() throws -> Int {
      let text = try String(contentsOfFile: "/proc/thread-self/io", encoding: .utf8)
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("rchar") })
      return try #require(Int(line.split(separator: " ")[1]))
    }

    @Test func `the last steps of a file are read without those before`() throws {
      let folder = try TemporaryFolder()
      let header = Sample.header(experts: 64, topK: 8, layers: 10)
      let steps = Sample.steps(header, count: 600, tokens: 200, isFull: false)
      let path = folder.file("a.moetrace")
      try Sample.write(steps, header, to: path)
      let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
      let before = try Self.bytesRead()
      let reader = try TraceReader(path: path, steps: 599..<600, digesting: false)
      #expect(try all(reader) == Array(steps.suffix(1)))
      let read = try Self.bytesRead() - before
      // What the first read brings, a page at the head of each member, and the last member of some 60 steps.
      #expect(size > 5_000_000 && read < (1 << 18) + size / 6, "\(read) of \(size) bytes")
    }
  #endif
}
