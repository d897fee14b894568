import CommandRunner
import Foundation
import Testing

/// `report` makes a page from what `replay --format json` printed, or says in one line what is wrong.
@Suite struct ReportCommandTests {
  private static let machine = ["traces/hot-cold.moetrace", "--model", "qwen3-30b-a3b", "--policy", "eplb:steps=8"]

  private static func replay(_ more: String...) throws -> Tool.Outcome { try Tool.run(["replay"] + machine + more) }

  @Test func `results of two machines become one page, with the files that made them`() throws {
    let scratch = try Scratch()
    let paths = try ["h100-cx7", "h200-cx7"].map { cluster in
      let path = scratch.folder.appendingPathComponent("\(cluster).json").path
      let outcome = try Self.replay(
        "--ranks", "16", "--cluster", cluster, "--format", "json", "--details", "-o", path, "--threads", "1")
      #expect(outcome.status == 0, "\(outcome.errors)")
      return path
    }
    let outcome = try Tool.run(["report"] + paths)
    #expect(outcome.status == 0 && outcome.output.components(separatedBy: "class=\"result\"").count == 3)
    #expect(!outcome.output.contains("Not shown. The result has no details"))
    #expect(outcome.output.contains("<summary>gpu h200</summary>") && outcome.output.contains("steps: 64"))
    #expect(outcome.output.contains("--cluster h200-cx7 --format json --details</pre>"))
  }

  @Test
  func `details are the same on any number of threads, and a page of JSON is the page of HTML but for its command`()
    throws
  {
    let scratch = try Scratch()
    let json = try ["1", "3"].map { threads in
      try Self.replay("--ranks", "16", "--format", "json", "--details", "--threads", threads).output
    }
    #expect(json[0] == json[1])
    let path = try scratch.file("a.json", json[0])
    let page = try Tool.run("report", path).output
    let html = try Self.replay("--ranks", "16", "--format", "html").output
    #expect(page.replacing("--format json --details", with: "--format html") == html)
  }

  @Test func `what is no result, or not there, is one line with its status`() throws {
    let scratch = try Scratch()
    let wrong = try scratch.file("wrong.json", "{\"trace\": {}}")
    for (arguments, status, text) in [
      ([wrong], 65, "wrong.json: no key 'name' at .trace"), (["nowhere.json"], 66, "nowhere.json"),
      ([wrong, "--format", "pdf"], 64, "pdf"), ([], 64, "results"),
    ] as [([String], Int32, String)] {
      let outcome = try Tool.run(["report"] + arguments)
      #expect(outcome.status == status && outcome.output.isEmpty && outcome.errors.contains(text), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func `options of charts are heeded, or refused where nothing shows them`() throws {
    for (arguments, text) in [
      (["--details"], "--details"), (["--details", "--format", "csv"], "--details"),
      (["--chart-layer", "0"], "--chart-layer"),
      (["--chart-layer", "9", "--format", "html"], "no such layer 9"),
    ] {
      let outcome = try Tool.run(["replay"] + Self.machine + ["--ranks", "16"] + arguments)
      #expect(outcome.status == 64 && outcome.errors.contains(text), "\(arguments): \(outcome.errors)")
    }
  }
}
