import Diagnostics
import Foundation
import StudyEngines
import Testing

@Suite struct ArrayScriptTests {
  private static func script(missing: [Int], workers: Int? = nil, in folder: String = "a folder") throws -> ArrayScript
  {
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())/\(folder)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    let manifest = scratch.appendingPathComponent("m.jsonl").path
    let header = """
      {"format":"expert-replay-study","version":1,"study":"mine","tool":"\(expertReplayVersion)","baseline":"static",
      "options":{},"traces":[],"clusters":{},"models":{},"policies":{},"jobs":0,"replays":0}
      """
    try header.replacing("\n", with: "").write(toFile: manifest, atomically: true, encoding: .utf8)
    let submission = try StudySubmission(
      manifest: manifest, results: scratch.appendingPathComponent("results").path, store: "m.sqlite", workers: workers)
    return ArrayScript(missing: missing, submission)
  }

  @Test(arguments: [1, 7, 999, 1000, 1001, 12_345])
  func `every missing job is in one task, of tasks of almost equal size`(count: Int) throws {
    let missing = (0..<count).map { 3 * $0 + ($0 % 2) }
    let ranges = try Self.script(missing: missing).ranges
    #expect(ranges.count == min(count, ArrayScript.mostTasks))
    let shares = ranges.map { range in missing.count { range.contains($0) } }
    #expect(shares.reduce(0, +) == count)
    #expect(shares.max()! - shares.min()! <= 1)
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
  }

  @Test func `few workers get a few tasks each`() throws {
    #expect(try Self.script(missing: Array(0..<500), workers: 2).ranges.count == 16)
    #expect(try Self.script(missing: [4], workers: 2).ranges == [4..<5])
  }

  @Test func `a task's shell sees the paths whole, whatever is in them, and its own range`() throws {
    let script = try Self.script(missing: Array(0..<30), workers: 1, in: "it's $HOME; a \"b\"")
    let lines = script.text.split(separator: "\n").map(String.init)
    #expect(lines.first == "#!/bin/sh")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    let words = lines.last!.dropFirst("exec ".count)
    let echo = lines.dropLast().joined(separator: "\n") + "\nfor word in \(words); do echo \"$word\"; done"
    process.arguments = ["-c", echo]
    process.environment = ["SLURM_ARRAY_TASK_ID": "5", "SLURM_CPUS_PER_TASK": "3"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let seen = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(separator: "\n")
    process.waitUntilExit()
    #expect(seen.dropFirst().prefix(2) == ["study", "run"])
    #expect(seen.dropFirst(3).first?.hasSuffix("it's $HOME; a \"b\"/m.jsonl") == true)
    #expect(seen.suffix(4) == ["--jobs", "18:22", "--threads", "3"][...])
  }
}
