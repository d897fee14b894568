import CommandRunner
import Foundation
import Testing

/// `replay` on several machines: `--cluster` and `--ranks` repeated.
@Suite struct MachinesCommandTests {
  static let replay = ["replay", "traces/decode-256.moetrace", "--steps", "0:8", "--policy", "eplb:steps=2,from=1"]
  static let clusters = ["h100-ib", "h100-ib-low-latency"]
  static let sizes = ["16", "32"]
  static let machines = clusters.flatMap { ["--cluster", $0] } + sizes.flatMap { ["--ranks", $0] }

  private static func text(_ arguments: [String]) throws -> String {
    let outcome = try Tool.run(replay + arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  private static func json(_ arguments: [String]) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(text(arguments + ["--format", "json"]).utf8))
  }

  @Test(arguments: [
    ["--policy", "affinity:steps=2", "--policy", "oracle", "--regret"],
    ["--context", "2048", "--repeat", "2", "--sources", "random", "--by-layer"],
  ])
  func `machines side by side find what each finds alone`(options: [String]) throws {
    let together = try #require(try Self.json(options + Self.machines) as? [NSDictionary])
    let alone = try Self.clusters.flatMap { cluster in
      try Self.sizes.map { try Self.json(options + ["--cluster", cluster, "--ranks", $0]) as? NSDictionary }
    }
    #expect(together.map(Optional.some) == alone)
    let machines = together.map { ($0["cluster"] as? NSDictionary)?["ranks"] as? Int }
    #expect(machines == [16, 32, 16, 32])
  }

  @Test func `the bytes are the same on any number of threads`() throws {
    let arguments = Self.machines + ["--policy", "oracle", "--format", "json"]
    #expect(try Self.text(arguments + ["--threads", "1"]) == Self.text(arguments + ["--threads", "5"]))
  }

  @Test func `a table crosses clusters, ranks and policies`() throws {
    let rows = try Self.text(Self.machines + ["--format", "csv"]).split(separator: "\n")
      .map { $0.split(separator: ",", maxSplits: 3).prefix(3).map(String.init) }
    let expected = Self.clusters.flatMap { cluster in
      Self.sizes.flatMap { size in ["static", "eplb:steps=2"].map { [cluster, size, $0] } }
    }
    #expect(rows.first == ["cluster", "ranks", "policy"])
    // A policy's name has a comma here, so that its cell is quoted and cut.
    #expect(rows.dropFirst().map { $0.map { $0.replacing("\"", with: "") } } == expected)
    let table = try Self.text(Self.machines)
    #expect(table.split(separator: "\n").count { $0.hasPrefix("| h100-ib") } == 8)
    #expect(table.contains("\nh100-ib-low-latency, 32 ranks: "))
  }

  @Test(arguments: [
    (["--ranks", "16", "--ranks", "16"], "cluster h100-cx7: two clusters of this name have 16 ranks"),
    (["--cluster", "h100-ib", "--cluster", "h100-ib"], "two clusters of this name have 32 ranks"),
    (["--ranks", "16", "--ranks", "12"], "12 ranks"), (["--ranks", "16", "--ranks", "0"], "--ranks 0, expected 1…"),
    (["--ranks", "16", "--ranks", "32", "--matrix", "m.csv"], "--log and --matrix are of one machine"),
    (["--cluster", "h100-ib", "--cluster", "h100-bi"], "'h100-ib'"),
  ])
  func `a machine that cannot be is one line`(arguments: [String], message: String) throws {
    let outcome = try Tool.run(Self.replay + arguments)
    #expect(outcome.status == (message == "'h100-ib'" ? 66 : 64), "\(outcome.errors)")
    #expect(outcome.output.isEmpty && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
