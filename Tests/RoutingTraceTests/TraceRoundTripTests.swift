import Diagnostics
import Foundation
import PythonRunner
import RoutingTrace
import TestTraces
import Testing

@Suite struct TraceRoundTripTests {
  static let headers = [
    Sample.header(), Sample.header(experts: 256, topK: 8), Sample.header(experts: 300, topK: 8),
    Sample.header(experts: 64, topK: 20), Sample.header(experts: 4, topK: 1, layers: 1),
    Sample.header(content: .counts),
  ]

  @Test(arguments: headers, ["a.moetrace", "a.jsonl", "a.jsonl.gz"])
  func `what was written is read back`(header: TraceHeader, name: String) throws {
    let folder = try TemporaryFolder()
    for isFull in [true, false] {
      let steps = Sample.steps(header, count: 7, isFull: isFull)
      try Sample.write(steps, header, to: folder.file(name))
      let reader = try TraceReader(path: folder.file(name))
      #expect(reader.header == header)
      #expect(try all(reader) == steps)
    }
  }

  @Test(arguments: headers)
  func `steps whose memory is given back are read as others are`(header: TraceHeader) throws {
    let folder = try TemporaryFolder()
    let steps = (0..<40).map { index in
      var step = Sample.steps(header, count: 1, tokens: 1 + index * 7 % 90, isFull: index % 3 == 0)[0]
      step.number = index
      return step
    }
    try Sample.write(steps, header, to: folder.file("a.moetrace"))
    let reader = try TraceReader(path: folder.file("a.moetrace"), threads: 2)
    var read = [RoutingStep]()
    while let step = try reader.next() {
      read.append(step)
      #expect(step == steps[read.count - 1])
      // One that somebody looks at still is not written over.
      reader.giveBack(step)
    }
    #expect(read == steps)
  }

  @Test(arguments: headers)
  func `native to JSON Lines and back gives the same bytes`(header: TraceHeader) throws {
    let folder = try TemporaryFolder()
    try Sample.write(Sample.steps(header, count: 9), header, to: folder.file("a.moetrace"))
    try TraceWriter.write(try TraceReader(path: folder.file("a.moetrace")), to: folder.file("b.jsonl.gz"))
    try TraceWriter.write(try TraceReader(path: folder.file("b.jsonl.gz")), to: folder.file("c.moetrace"))
    #expect(FileManager.default.contentsEqual(atPath: folder.file("a.moetrace"), andPath: folder.file("c.moetrace")))
  }

  @Test(arguments: [1, 2, 5]) func `steps can be sought, whatever the threads`(threads: Int) throws {
    let folder = try TemporaryFolder()
    let header = Sample.header(experts: 64, topK: 8, layers: 10)
    // 16,000 ids a step, so that several members are written.
    let steps = Sample.steps(header, count: 300, tokens: 200, isFull: false)
    try Sample.write(steps, header, to: folder.file("a.moetrace"))
    for range in [0..<1, 0..<300, 64..<67, 65..<140, 299..<300] {
      #expect(try Sample.read(folder.file("a.moetrace"), steps: range, threads: threads) == Array(steps[range]))
    }
    #expect(try Sample.read(folder.file("a.moetrace"), steps: 290..<Int.max, threads: threads).count == 10)
    #expect(throws: InputError.self) { try Sample.read(folder.file("a.moetrace"), steps: 299..<301) }
    #expect(throws: InputError.self) { try Sample.read(folder.file("a.moetrace"), steps: 300..<Int.max) }
  }

  @Test(arguments: ["a.moetrace", "a.jsonl"]) func `the digest covers the whole file for any range`(name: String) throws
  {
    let folder = try TemporaryFolder()
    let header = Sample.header()
    try Sample.write(Sample.steps(header, count: 5), header, to: folder.file(name))
    let digests = try [nil, 0..<1, 3..<5].map { range in
      let reader = try TraceReader(path: folder.file(name), steps: range)
      #expect(reader.digest == nil)
      _ = try all(reader)
      return reader.digest
    }
    #expect(Set(digests).count == 1)
    #expect(digests[0]?.count == 64)
  }

  @Test func `a file that was not finished leaves nothing`() throws {
    let folder = try TemporaryFolder()
    let header = Sample.header()
    do {
      let writer = try TraceWriter(path: folder.file("a.moetrace"), header: header)
      try writer.append(Sample.steps(header, count: 1)[0])
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test(.enabled(if: Python.has("import gzip"))) func `the reader in the documentation reads a trace`() throws {
    let documentation = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/trace-format.md")
    let text = try String(contentsOf: documentation, encoding: .utf8)
    let source = try #require(text.components(separatedBy: "```python\n").last?.components(separatedBy: "```").first)
    let folder = try TemporaryFolder()
    try folder.write(source, to: "read.py")
    for header in Self.headers {
      let steps = Sample.steps(header, count: 4)
      try Sample.write(steps, header, to: folder.file("a.moetrace"))
      let printed = try Python.run([folder.file("read.py"), folder.file("a.moetrace")]).output
      let sum = steps.map { $0.experts.reduce(0) { $0 + Int($1) } + $0.counts.reduce(0) { $0 + Int($1) } }.reduce(0, +)
      let tokens = steps.reduce(0) { $0 + $1.tokens }
      #expect(printed == "\(header.name) 4 \(tokens) \(sum)\n")
    }
  }

  @Test(arguments: [
    ("\"phase\":\"decode\",\"source\":[0,1]", nil), ("\"source\":[0,1],\"token\":[7,9]", nil),
    ("\"phase\":\"prefill\"", "phase"), ("\"source\":[1,1]", "source"), ("\"token\":[7]", "token"),
    ("\"sequence\":[0,0]", "sequence"),
  ]) func `later layers may repeat what the first says of the tokens`(repeated: String, key: String?) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      {"format":"moe-routing-trace","version":1,"layers":2,"experts":8,"topK":2,"content":"tokens"}
      {"step":0,"layer":0,"phase":"decode","source":[0,1],"token":[7,9],"experts":[[1,5],[2,7]]}
      {"step":0,"layer":1,\(repeated),"experts":[[0,3],[2,6]]}

      """, to: "a.jsonl")
    guard let key else {
      let step = try Sample.read(folder.file("a.jsonl"))[0]
      #expect(step.sources == [0, 1] && step.phase == .decode && step.tokenIDs == [7, 9])
      return
    }
    #expect { try Sample.read(folder.file("a.jsonl")) } throws: {
      "\($0)".contains("'\(key)' is not that of layer 0")
    }
  }
}
