import CommandRunner
import Diagnostics
import Reporting
import Testing

@Suite struct ReportFormatTests {
  @Test("A format is found by its name, and an unknown one names the closest")
  func names() throws {
    for format in ReportFormat.all { #expect(try ReportFormat.registry.named(format.name).name == format.name) }
    let error = #expect(throws: InputError.self) { try ReportFormat.registry.named("jsn") }
    #expect(error?.description == "unknown format 'jsn'; did you mean 'json'?")
    #expect(error?.status == .usage)
    let far = #expect(throws: InputError.self) { try ReportFormat.registry.named("spreadsheet") }
    #expect(far?.description.hasSuffix("known: csv, html, json, summary, table") == true)
  }

  static let commands = [
    ["replay", "traces/hot-cold.moetrace", "--cluster", "moe-comms", "--policy", "eplb"],
    ["inspect", "traces/hot-cold.moetrace"],
    ["inspect", "traces/hot-cold.moetrace", "--against", "traces/hot-cold.moetrace", "--cluster", "moe-comms"],
    ["advise", "traces/hot-cold.moetrace", "--link-speeds", "1"],
    ["sweep", "traces/hot-cold.moetrace", "--points", "2"],
    ["validate", "h100-moe-layer-compute"],
  ]

  @Test("Every command prints in every format, and refuses others before it does any work", arguments: commands)
  func everywhere(command: [String]) throws {
    var texts: Set<String> = []
    for format in ReportFormat.registry.names {
      let outcome = try Tool.run(command + ["--format", format])
      #expect(outcome.status == 0 && !outcome.output.isEmpty, "\(format): \(outcome.errors)")
      texts.insert(outcome.output)
    }
    // A summary is the table where there are no details to leave out.
    #expect(texts.count >= ReportFormat.registry.names.count - 1)
    let unknown = try Tool.run(command + ["--format", "tabel"])
    #expect(unknown.status == 64)
    #expect(
      unknown.errors
        == "expert-replay: unknown format 'tabel'; did you mean 'table'?; see expert-replay \(command[0]) --help\n")
  }

  @Test func `the version is the same wherever it is stated`() throws {
    let scratch = try Scratch()
    #expect(try Tool.run("--version").output == expertReplayVersion + "\n")
    let matrix = try scratch.file("m.csv", "0,1\n2,0\n")
    func output(_ format: String) throws -> String {
      try Tool.run("comm", matrix, "--cluster", "h100-ib", "--format", format).output
    }
    #expect(try output("json").contains("\"version\" : \"\(expertReplayVersion)\""))
    #expect(try output("html").contains("content=\"expert-replay \(expertReplayVersion)\""))
    let plan = try Tool.run(
      "plan", "traces/hot-cold.moetrace", "--policy", "eplb", "--cluster", "moe-comms", "--to", "json", "-o", "-")
    #expect(plan.output.hasPrefix("{\"version\": \"\(expertReplayVersion)\", "))
  }

  @Test func `a plan takes a format for what it prints beside the file, and only then`() throws {
    let plan =
      ["plan", "traces/hot-cold.moetrace", "--policy", "eplb", "--ranks", "8", "--to", "json", "--format", "csv"]
    let outcome = try Tool.run(plan + ["-o", "-"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--format prints to standard output: give -o a file"))
    #expect(try Tool.run(plan + ["-o", "/dev/null"]).output.hasPrefix("plan,layer,balancedness,movedExperts\nplan,0,"))
  }
}
