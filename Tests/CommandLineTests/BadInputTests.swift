import CommandRunner
import Foundation
import Testing

/// What a person gets for a mistake: one line that says what and where, an exit status, and no file.
@Suite struct BadInputTests {
  static let header = """
    {"format":"moe-routing-trace","version":1,"layers":2,"experts":8,"topK":2,"content":"tokens"}
    """
  static let good = """
    {"step":0,"layer":0,"experts":[[1,5],[2,7]]}
    {"step":0,"layer":1,"experts":[[0,3],[2,6]]}
    """

  @Test(arguments: [
    ("{\"step\":0,\"layer\":0,\"experts\":[[1,8]]}", ["layer 0", "8"]),
    (
      "{\"step\":0,\"layer\":0,\"experts\":[[1,2]]}\n{\"step\":0,\"layer\":1,\"experts\":[[3,3]]}",
      ["line 3", "layer 1", "3"]
    ),
    ("{\"step\":0,\"layer\":0,\"experts\":[[1,2]]}", ["layer"]),
    ("{\"step\":0,\"layer\":0,\"expert\":[[1,2]]}", ["did you mean 'experts'"]),
    (good + "\n" + good, ["step 0"]),
    ("{\"step\":0,\"layer\":0,\"experts\":[[1,2]", ["line 2"]),
  ])
  func brokenTracesAreDataErrors(lines: String, expected: [String]) throws {
    let scratch = try Scratch()
    let path = try scratch.file("broken.jsonl", Self.header + "\n" + lines + "\n")
    let outcome = try Tool.run("replay", path, "--cluster", "h100-ib", "--ranks", "4", "--model", "mixtral-8x7b")
    expectOneLine(outcome, status: 65, containing: ["broken.jsonl"] + expected)
  }

  struct Mistake: Sendable {
    var arguments: String
    var status: Int32
    var expected: [String]
  }

  static let mistakes = [
    Mistake(arguments: "no-such.moetrace", status: 66, expected: ["no-such.moetrace"]),
    Mistake(arguments: "traces/hot-cold.moetrace --policy epbl", status: 66, expected: ["did you mean 'eplb'"]),
    Mistake(arguments: "traces/hot-cold.moetrace --cluster h100-ibb", status: 66, expected: ["'h100-ib'"]),
    Mistake(arguments: "traces/hot-cold.moetrace --model mixtral-8x7b", status: 64, expected: ["8 experts", "128"]),
    Mistake(
      arguments: "traces/hot-cold.moetrace --cluster moe-comms --format tabel", status: 64, expected: ["'table'"]),
    Mistake(
      arguments: "traces/hot-cold.moetrace --cluster moe-comms --layers 0..<9", status: 64, expected: ["--layers"]),
    Mistake(arguments: "traces/decode-256.moetrace --ranks 12", status: 64, expected: ["12"]),
  ]

  @Test(arguments: mistakes)
  func mistakesOnTheCommandLineAreNamed(_ mistake: Mistake) throws {
    let arguments = ["replay"] + mistake.arguments.split(separator: " ").map(String.init)
    expectOneLine(try Tool.run(arguments), status: mistake.status, containing: mistake.expected)
  }

  @Test(arguments: [
    ("allToAll: port", "allToAl: port", ["unknown key", "did you mean 'allToAll'"]),
    ("45 GB/s", "45 GB", ["scaleOut.bandwidth"]),
    ("45 GB/s", "0 GB/s", ["scaleOut.bandwidth"]),
    ("copies: dedup", "copies: deduped", ["did you mean 'dedup'"]),
  ])
  func mistakesInAClusterFileNameTheLine(from old: String, to new: String, expected: [String]) throws {
    let text = try String(contentsOf: Tool.root.appendingPathComponent("clusters/h100-ib.yaml"), encoding: .utf8)
    #expect(text.contains(old))
    let scratch = try Scratch()
    let path = try scratch.file("mine.yaml", text.replacing(old, with: new))
    let outcome = try Tool.run("replay", "traces/decode-256.moetrace", "--cluster", path)
    expectOneLine(outcome, status: 65, containing: ["mine.yaml: line "] + expected)
  }

  @Test func aTruncatedTraceLeavesNoOutputBehind() throws {
    let scratch = try Scratch()
    let whole = try Data(contentsOf: Tool.root.appendingPathComponent(ReplayCommandTests.trace))
    let cut = scratch.folder.appendingPathComponent("cut.moetrace")
    try whole.prefix(whole.count / 2).write(to: cut)
    let output = scratch.folder.appendingPathComponent("result.json")
    let outcome = try Tool.run([
      "replay", cut.path, "--cluster", "moe-comms", "--format", "json", "-o", output.path,
    ])
    expectOneLine(outcome, status: 65, containing: ["cut.moetrace", "byte"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).sorted() == ["cut.moetrace"])
  }

  func expectOneLine(_ outcome: Tool.Outcome, status: Int32, containing parts: [String]) {
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    for part in parts { #expect(outcome.errors.contains(part), "\(part): \(outcome.errors)") }
  }
}
