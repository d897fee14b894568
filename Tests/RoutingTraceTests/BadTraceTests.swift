import Containers
import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing

@Suite struct BadTraceTests {
  static let head = #"{"format":"moe-routing-trace","version":1,"layers":2,"experts":8,"topK":2,"content":"tokens"}"#
  static let first = #"{"step":0,"layer":0,"experts":[[1,5],[2,7]]}"#
  static let second = #"{"step":0,"layer":1,"experts":[[0,3],[2,6]]}"#

  static func error(of text: String) throws -> InputError? {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "t.jsonl")
    let error = #expect(throws: InputError.self) { try Sample.read(path) }
    #expect(error?.subject == path)
    #expect(error?.status == .data)
    return error
  }

  @Test(arguments: ["a.moetrace", "a.jsonl.gz"])
  func `a trace cut anywhere is an error`(name: String) throws {
    let folder = try TemporaryFolder()
    let header = Sample.header()
    try Sample.write(Sample.steps(header, count: 3), header, to: folder.file(name))
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.file(name))))
    for length in 0..<bytes.count {
      let path = try folder.write(bytes[..<length], to: "cut.bin")
      #expect(throws: InputError.self) { try Sample.read(path) }
    }
  }

  @Test(arguments: ["a.moetrace", "a.jsonl.gz", "a.jsonl"])
  func `a flipped bit is an error or leaves a trace that is valid`(name: String) throws {
    let folder = try TemporaryFolder()
    let header = Sample.header()
    let steps = Sample.steps(header, count: 3)
    try Sample.write(steps, header, to: folder.file(name))
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.file(name))))
    for index in bytes.indices {
      var broken = bytes
      broken[index] ^= 1 << (index % 8)
      let path = try folder.write(broken, to: "broken.bin")
      do {
        let read = try Sample.read(path)
        // Text without a checksum may change its meaning and stay valid; a gzip file may not.
        if name != "a.jsonl" { #expect(read == steps) }
      } catch { #expect(error is InputError) }
    }
  }

  @Test(arguments: [1, 2, 3, 5], [250, 256])
  func `an expert twice among a token's eight, or beyond all, is found wherever it is`(tokens: Int, experts: Int) throws
  {
    let header = Sample.header(experts: experts, topK: 8, layers: 1)
    let step = Sample.steps(header, count: 1, tokens: tokens, isFull: false)[0]
    var bytes = [UInt8]()
    try NativeFrame.append(step, header: header, to: &bytes)
    var reader = NativeFrameReader(bytes, header: header)
    #expect(try reader.next() == step)
    let first = bytes.count - 8 * tokens
    func error(_ place: Int, _ id: UInt8) -> InputError? {
      var wrong = bytes
      wrong[first + place] = id
      return #expect(throws: InputError.self) {
        var reader = NativeFrameReader(wrong, header: header)
        _ = try reader.next()
      }
    }
    for token in 0..<tokens {
      for one in 0..<8 {
        for other in 0..<8 where other != one {
          let id = bytes[first + 8 * token + other]
          #expect(error(8 * token + one, id)?.message == "token \(token): expert \(id) twice in its top-8")
        }
        guard experts < 256 else { continue }
        #expect(
          error(8 * token + one, 255)?.message == "token \(token): expert 255, expected an id below \(experts)")
      }
    }
  }

  @Test func `trailing garbage is reported where it begins`() throws {
    let folder = try TemporaryFolder()
    let header = Sample.header()
    try Sample.write(Sample.steps(header, count: 3), header, to: folder.file("a.moetrace"))
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder.file("a.moetrace"))))
    let path = try folder.write(bytes + [0], to: "garbage.moetrace")
    let error = #expect(throws: InputError.self) { try Sample.read(path) }
    #expect(error?.place.byte == bytes.count)
  }

  @Test(arguments: [
    ("", "empty"), ("PK", "neither"), ("{}", "format"),
    (head.replacingOccurrences(of: "\"version\":1", with: "\"version\":2"), "version 2"),
    (head.replacingOccurrences(of: "\"layers\":2", with: "\"layers\":2147483648"), "2147483648 layers"),
    (head.replacingOccurrences(of: "\"layers\":2", with: "\"layers\":99999999999999999999"), "outside"),
    (head.replacingOccurrences(of: "\"experts\":8", with: "\"experts\":0"), "0 experts"),
    (head.replacingOccurrences(of: "\"topK\":2", with: "\"topK\":9"), "top-9"),
    (head.replacingOccurrences(of: "topK", with: "topk"), "did you mean 'topK'"),
    (head.replacingOccurrences(of: "\"tokens\"", with: "\"token\""), "did you mean 'tokens'"),
    (head.replacingOccurrences(of: "}", with: ",\"groups\":3}"), "3 groups"),
    (head.replacingOccurrences(of: "}", with: ",\"layerNumbers\":[4,4]}"), "ascend"),
    (head, "without steps"),
  ])
  func `a header that no trace can have is refused`(text: String, message: String) throws {
    let error = try Self.error(of: text)
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test(
    arguments: [
      ([#"{"step":0,"layer":0,"experts":[[1,8],[2,7]]}"#, second], 2, 0, 0, "expert 8"),
      ([first, #"{"step":0,"layer":1,"experts":[[0,3],[2,2]]}"#], 3, 0, 1, "twice"),
      ([first], 2, 0, 1, "layer 1 is missing"),
      ([second, first], 2, 0, 1, "layer 0 is missing"),
      ([first, first], 3, 0, 0, "given twice"),
      ([first, second, second], 4, 0, 1, "given twice"),
      ([first, #"{"step":0,"layer":1,"experts":[[0,3]]}"#], 3, 0, 1, "1 tokens"),
      ([first, #"{"step":0,"layer":1,"experts":[[0,3],[2,6,1]]}"#], 3, 0, 1, "3 experts"),
      ([#"{"step":0,"layer":0,"expert":[[1,5]]}"#], 2, 0, 0, "did you mean 'experts'"),
      ([#"{"step":0,"layer":0,"counts":[1,5]}"#], 2, 0, 0, "content is tokens"),
      ([#"{"step":0,"layer":0,"experts":[[1,5]],"weights":[[NaN,1]]}"#], 2, 0, 0, "expected a number"),
      ([#"{"step":0,"layer":0,"experts":[[1,5]],"weights":[[1e999,1]]}"#], 2, 0, 0, "expected a number"),
      (
        [#"{"step":0,"layer":0,"experts":[[1,5]],"source":[1,2]}"#, #"{"step":0,"layer":1,"experts":[[1,5]]}"#], 2, 0,
        nil, "2 sources"
      ),
      ([#"{"step":0,"layer":0,"experts":[]}"#, #"{"step":0,"layer":1,"experts":[]}"#], 2, 0, nil, "no tokens"),
      ([first, second, "{"], 4, nil, nil, "expected"),
    ] as [([String], Int, Int?, Int?, String)])
  func `a wrong line is reported with its step and layer`(
    lines: [String], line: Int, step: Int?, layer: Int?, message: String
  ) throws {
    let error = try Self.error(of: ([Self.head] + lines).joined(separator: "\n"))
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.place.line == line)
    #expect(error?.place.step == step)
    #expect(error?.place.layer == layer)
  }

  @Test func `steps must ascend`() throws {
    let error = try Self.error(
      of: [Self.head, Self.first, Self.second, Self.first, Self.second].joined(separator: "\n"))
    #expect(error?.place.step == 0)
  }

  @Test func `unknown formats and missing files have their own status`() throws {
    let missing = #expect(throws: InputError.self) { try TraceReader(path: "/nonexistent/a.moetrace") }
    #expect(missing?.status == .missing)
    let folder = #expect(throws: InputError.self) { try TraceReader(path: "/") }
    #expect(folder?.status == .missing)
  }

  @Test func `a line that inflates without end stops at the limit`() throws {
    let folder = try TemporaryFolder()
    var stored = [UInt8]()
    let gzip = try GzipWriter { bytes throws(InputError) in stored += bytes }
    try gzip.write([UInt8(ascii: "{")])
    for _ in 0..<40 { try gzip.write([UInt8](repeating: 0x20, count: 1 << 20)) }
    try gzip.finish()
    let path = try folder.write(stored, to: "bomb.jsonl.gz")
    let error = #expect(throws: InputError.self) { try Sample.read(path) }
    #expect(error?.message.contains("longer than 33554432 bytes") == true)
  }

  @Test func `a step that does not fit its header is not written`() throws {
    let folder = try TemporaryFolder()
    let header = Sample.header()
    let writer = try TraceWriter(path: folder.file("a.moetrace"), header: header)
    var step = Sample.steps(header, count: 1)[0]
    step.weights?[1] = .nan
    let error = #expect(throws: InputError.self) { try writer.append(step) }
    #expect(error?.place == .init(step: 10, layer: 0))
    step.weights = nil
    step.experts[4] = step.experts[3]
    #expect(throws: InputError.self) { try writer.append(step) }
  }

  @Test(arguments: [2, 8, 11, 20])
  func `every pair of equal experts in a token's top-k is found`(topK: Int) throws {
    let folder = try TemporaryFolder()
    let header = Sample.header(experts: 300, topK: topK)
    let writer = try TraceWriter(path: folder.file("a.moetrace"), header: header)
    let step = Sample.steps(header, count: 1)[0]
    for i in 1..<topK {
      for j in 0..<i {
        var broken = step
        // The fourth token of the second layer.
        let start = (5 + 3) * topK
        broken.experts[start + i] = broken.experts[start + j]
        let error = #expect(throws: InputError.self) { try writer.append(broken) }
        #expect(error?.place == .init(step: 10, layer: 1))
        #expect(error?.message.contains("token 3: expert \(broken.experts[start + j]) twice") == true)
      }
    }
    var beyond = step
    beyond.experts[topK] = 300
    let error = #expect(throws: InputError.self) { try writer.append(beyond) }
    #expect(error?.message.contains("expert 300, expected an id below 300") == true)
  }
}
