import CommandRunner
import Foundation
import Testing

/// `replay --per-step` writes a table beside the report.
@Suite struct PerStepCommandTests {
  static let replay = ["replay", "traces/decode-256.moetrace", "--policy", "eplb-oracle:steps=4", "--steps", "0:8"]

  private static func table(_ name: String, _ options: [String]) throws -> (text: String, report: String) {
    let scratch = try Scratch()
    let path = scratch.folder.appendingPathComponent(name).path
    let outcome = try Tool.run(replay + options + ["--per-step", path])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return (try String(contentsOfFile: path, encoding: .utf8), outcome.output)
  }

  @Test(arguments: ["steps.csv", "steps.jsonl"])
  func `a row for each step, machine and policy, the same on any number of threads`(name: String) throws {
    let machines = ["--cluster", "h100-ib", "--cluster", "h200-ib", "--ranks", "16", "--ranks", "32", "--repeat", "2"]
    let (text, report) = try Self.table(name, machines + ["--threads", "1"])
    let (other, otherReport) = try Self.table(name, machines + ["--threads", "4"])
    #expect(text == other && report == otherReport)
    let lines = text.split(separator: "\n")
    #expect(lines.count == (name.hasSuffix("csv") ? 1 : 0) + 16 * 4 * 2)
    let plain = try Tool.run(Self.replay + machines)
    #expect(plain.output == report)
  }

  @Test func `its times are those of the report`() throws {
    let (text, report) = try Self.table("steps.csv", ["--ranks", "16", "--format", "json"])
    let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let place = try #require(lines[0].firstIndex(of: "time.total [us]"))
    let result = try #require(try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any])
    for policy in try #require(result["policies"] as? [[String: Any]]) {
      let name = try #require(policy["name"] as? String)
      let rows = lines.dropFirst().filter { $0[2] == name }
      let total = try #require((policy["time"] as? [String: Any])?["total"] as? Double)
      #expect(rows.count == 8 && abs(rows.reduce(0) { $0 + (Double($1[place]) ?? 0) } - total) < 1e-6 * total)
    }
  }

  @Test func `layers have rows where they are asked for`() throws {
    let (text, _) = try Self.table("steps.csv", ["--ranks", "16", "--by-layer"])
    let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(lines[0].prefix(5) == ["cluster", "ranks", "policy", "step", "layer"])
    #expect(lines.count == 1 + 8 * 2 * 3)
    #expect(lines[1...6].map { "\($0[2]) \($0[3]) \($0[4])" }[3] == "eplb-oracle:steps=4 0 3")
  }

  @Test func `a replay that fails leaves no table`() throws {
    let scratch = try Scratch()
    let path = scratch.folder.appendingPathComponent("steps.csv").path
    let broken = try scratch.file("broken.jsonl", BadInputTests.header + "\n" + BadInputTests.good + "\n{\"step\":1")
    let outcome = try Tool.run(
      "replay", broken, "--ranks", "4", "--model", "mixtral-8x7b", "--policy", "static", "--per-step", path)
    #expect(outcome.status == 65 && !FileManager.default.fileExists(atPath: path))
    let misnamed = try Tool.run(Self.replay + ["--per-step", scratch.folder.appendingPathComponent("steps.txt").path])
    #expect(misnamed.status == 64 && misnamed.errors.contains("steps.txt: a table of steps is written to a name"))
    #expect(misnamed.output.isEmpty && misnamed.errors.split(separator: "\n").count == 1)
  }
}
