import CommandRunner
import Foundation
import Testing

@Suite struct ReplayCommandTests {
  static let trace = "traces/hot-cold.moetrace"

  @Test func theTableShowsStaticFirstAndTheImprovement() throws {
    let outcome = try Tool.run("replay", Self.trace, "--cluster", "moe-comms", "--policy", "eplb")
    #expect(outcome.status == 0)
    let rows = outcome.output.split(separator: "\n").filter { $0.hasPrefix("|") }
    #expect(rows.count == 4)
    #expect(rows[0].contains("Total") && rows[0].contains("Faster %"))
    #expect(rows[2].contains("static") && rows[2].contains("–"))
    #expect(rows[3].contains("eplb"))
    #expect(outcome.errors.contains("token-layers/s"))
  }

  @Test func jsonKeepsTheContract() throws {
    let outcome = try Tool.run(
      "replay", "traces/decode-256.moetrace", "--ranks", "16", "--policy", "eplb", "--format", "json", "--seed", "3")
    let result = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(
      Set(result.keys).isSuperset(of: ["trace", "cluster", "model", "allToAll", "seed", "baseline", "policies"]))
    #expect(result["seed"] as? Int == 3)
    let trace = try #require(result["trace"] as? [String: Any])
    #expect(
      Set(trace.keys).isSuperset(of: ["name", "content", "steps", "tokens", "layers", "experts", "topK", "sha256"]))
    let policies = try #require(result["policies"] as? [[String: Any]])
    #expect(policies.compactMap { $0["name"] as? String } == ["static", "eplb"])
    #expect(policies[1]["regret"] == nil)
    for (part, keys) in [
      "time": ["dispatch", "experts", "combine", "comm", "moeUpper", "moeLower", "total"],
      "commPerStep": ["mean", "p50", "p95", "p99", "max"], "improvement": ["comm", "total"],
      "balancedness": ["rank", "slot", "expert", "node", "vllm", "sglang"],
      "optimality": ["rankLoadLowerBound", "gap", "equalShareLowerBound", "equalShareGap"],
      "imbalance": ["tensorrtllm", "peakToAverage"],
      "traffic": ["scaleUpBytes", "scaleOutBytes", "copiesPerToken", "nodesPerToken"],
      "rebalances": ["count", "movedExperts", "movedBytes"], "memory": ["slotsPerRank", "replicaBytesPerRank"],
    ] {
      let object = try #require(policies[1][part] as? [String: Any], "\(part)")
      #expect(Set(object.keys).isSuperset(of: keys), "\(part)")
    }
  }

  @Test func regretIsAColumnWhenAskedFor() throws {
    let arguments = ["replay", Self.trace, "--cluster", "moe-comms", "--policy", "eplb"]
    let asked = try Tool.run(arguments + ["--regret"])
    let rows = asked.output.split(separator: "\n").filter { $0.hasPrefix("|") }
    #expect(rows.count == 4, "no rows of the yardsticks")
    #expect(rows[0].contains("Regret"))
    #expect(try !Tool.run(arguments).output.contains("Regret"))
  }

  @Test func bytesDoNotDependOnThreads() throws {
    let outputs = try ["1", "2", "5"].map {
      try Tool.run("replay", Self.trace, "--cluster", "moe-comms", "--format", "json", "--threads", $0).output
    }
    #expect(Set(outputs).count == 1)
  }

  @Test func stepsAndLayersAreCutOut() throws {
    let outcome = try Tool.run(
      "replay", "traces/decode-256.moetrace", "--ranks", "8", "--policy", "static", "--steps", "10..<14", "--layers",
      "1..<2", "--format", "csv")
    #expect(outcome.status == 0)
    #expect(outcome.output.split(separator: "\n").count == 2)
    let json = try Tool.run(
      "replay", "traces/decode-256.moetrace", "--ranks", "8", "--policy", "static", "--steps", "10..<14", "--layers",
      "1..<2", "--format", "json")
    #expect(json.output.contains("\"steps\" : 4"))
    #expect(json.output.contains("\"layers\" : 1"))
  }

  @Test func standardInputIsATraceToo() throws {
    let data = try Data(contentsOf: Tool.root.appendingPathComponent(Self.trace))
    let piped = try Tool.run(
      "replay", "-", "--cluster", "moe-comms", "--policy", "eplb", "--format", "json", input: data)
    let read = try Tool.run("replay", Self.trace, "--cluster", "moe-comms", "--policy", "eplb", "--format", "json")
    #expect(piped.output == read.output)
    let oracle = try Tool.run("replay", "-", "--cluster", "moe-comms", "--policy", "eplb-oracle", input: data)
    #expect(oracle.status == 64)
  }

  @Test func presetsAreFoundThroughTheEnvironment() throws {
    let scratch = try Scratch()
    let trace = Tool.root.appendingPathComponent(Self.trace).path
    let lost = try Tool.run("replay", trace, "--cluster", "moe-comms", in: scratch.folder, home: nil)
    #expect(lost.status == 66)
    let found = try Tool.run("replay", trace, "--cluster", "moe-comms", "--policy", "static", in: scratch.folder)
    #expect(found.status == 0)
  }
}
