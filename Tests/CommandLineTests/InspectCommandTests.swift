import CommandRunner
import Foundation
import Testing

@Suite struct InspectCommandTests {
  static func json(_ arguments: [String]) throws -> [String: Any] {
    let outcome = try Tool.run(arguments + ["--format", "json"])
    return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  @Test func `nodes and ranks of a token are those that a static replay sends it to`() throws {
    let trace = "traces/decode-256.moetrace"
    let machine = ["--cluster", "h100-ib", "--ranks", "32", "--model", "deepseek-v3"]
    let replay = try Self.json(["replay", trace, "--policy", "static"] + machine)
    let policies = try #require(replay["policies"] as? [[String: Any]])
    let traffic = try #require(policies[0]["traffic"] as? [String: Any])
    let ranks = try #require(try Self.json(["inspect", trace] + machine)["ranks"] as? [[String: Any]])
    let entry = try #require(ranks.first { $0["ranks"] as? Int == 32 })
    for (figure, name) in [
      ("ranksPerToken", "copiesPerToken"), ("nodesPerToken", "nodesPerToken"),
      ("mostNodesPerToken", "mostNodesPerToken"),
    ] {
      let (inspected, replayed) = (try #require(entry[figure] as? Double), try #require(traffic[name] as? Double))
      #expect(abs(inspected - replayed) < 1e-9, "\(figure)")
    }
    // 8 groups of 32 experts fill 8 nodes, and 4 of them are allowed; they do not limit 4 nodes.
    #expect(entry["nodesPerTokenLimit"] == nil)
    let larger = try #require(ranks.first { $0["ranks"] as? Int == 64 })
    #expect((larger["nodes"] as? Int, larger["nodesPerTokenLimit"] as? Int) == (8, 4))
  }

  @Test func `a rewritten router is told as a replay tells it, beside the trace as recorded`() throws {
    let trace = "traces/decode-256.moetrace"
    let router = ["--router", "capacity:factor=1.25", "--router", "top-k:keep=4"]
    let inspection = try Self.json(["inspect", trace] + router)
    let told = try #require(inspection["router"] as? [String: Any])
    let replay = try Self.json(["replay", trace, "--policy", "static", "--ranks", "16"] + router)
    let replayed = try #require(replay["router"] as? [String: Any])
    let rewrites = try #require(told["rewrites"] as? [NSDictionary])
    #expect(try rewrites == #require(replayed["rewrites"] as? [NSDictionary]) && rewrites.count == 2)
    let (before, recorded) = (try #require(told["before"] as? NSDictionary), try Self.json(["inspect", trace]))
    for key in ["skewness", "stepImbalance"] {
      #expect(try #require(before[key] as? NSDictionary) == #require(recorded[key] as? NSDictionary))
    }
    #expect(recorded["router"] == nil)
    let text = try Tool.run(["inspect", trace] + router)
    #expect(text.output.contains("Note: Router top-k:keep=4: ") && text.output.contains("as recorded: skewness mean"))
    let data = try Data(contentsOf: Tool.root.appendingPathComponent(trace))
    let piped = try Tool.run(["inspect", "-", "--format", "json"] + router, input: data)
    let json = try JSONSerialization.jsonObject(with: Data(piped.output.utf8)) as? [String: Any]
    #expect((json?["router"] as? [String: Any])?["before"] == nil && json?["router"] != nil)
  }

  @Test func `improvements are compared in points, and both co-activations are shown`() throws {
    let scratch = try Scratch()
    let other = scratch.folder.appendingPathComponent("other.moetrace").path
    #expect(try Tool.run("generate", "hot-cold", "-o", other, "--seed", "5").status == 0)
    let outcome = try Tool.run("inspect", other, "--against", "traces/hot-cold.moetrace", "--cluster", "moe-comms")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    let improvement = try #require(lines.first { $0.hasPrefix("eplb:migration=blocking: improvement") })
      .split(separator: " ")
    let figures = improvement.compactMap { Double($0) }
    #expect(figures.count == 3 && improvement.last == "points")
    #expect(figures[0] != figures[1] && abs(figures[0] - figures[1] - figures[2]) < 0.06, "\(figures)")
    let pairs = try #require(lines.first { $0.hasPrefix("pairs together") }).split(separator: " ")
    #expect(pairs.compactMap { Double($0) }.count == 3 && pairs.last == "%")
  }

  @Test func `options that a plain inspection would ignore are refused`() throws {
    #expect(try Tool.run("inspect", "traces/hot-cold.moetrace", "--context", "4096").status == 64)
    let uneven = try Tool.run("inspect", "traces/hot-cold.moetrace", "--ranks", "12")
    #expect(uneven.status == 64)
    #expect(uneven.errors.contains("128 experts") && uneven.errors.contains("12 ranks"))
  }

  @Test func `a trace is inspected where no presets are`() throws {
    let trace = Tool.root.appendingPathComponent("traces/hot-cold.moetrace").path
    let scratch = try Scratch()
    let outcome = try Tool.run("inspect", trace, in: scratch.folder)
    #expect(outcome.status == 0 && outcome.output.contains("nodes per token"))
  }
}
