import CommandRunner
import Foundation
import Testing

/// `screen` as a user runs it.
@Suite struct ScreenCommandTests {
  private static let trace = ["traces/hot-cold.moetrace", "--ranks", "16", "--model", "qwen3-30b-a3b"]
  private static let few = """
    {"format":"moe-routing-trace","version":1,"layers":1,"experts":8,"topK":2,"content":"tokens"}
    {"step":0,"layer":0,"phase":"decode","experts":[[1,5],[2,7]]}

    """

  private static func json(_ arguments: [String]) throws -> [String: Any] {
    let outcome = try Tool.run(arguments + ["--format", "json"])
    #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(json as? [String: Any])
  }

  @Test func `the policy that is to be pasted has the same numbers in replay`() throws {
    let screening = try Self.json(["screen"] + Self.trace + ["--target", "sglang"])
    let choice = try #require(screening["choice"] as? [String: Any])
    let halves = try #require(screening["halves"] as? [String: Any])
    let replay = try Self.json(
      ["replay"] + Self.trace + [
        "--policy", #require(choice["policy"] as? String), "--steps", #require(halves["heldBack"] as? String),
      ])
    let policies = try #require(replay["policies"] as? [[String: Any]])
    for part in ["steady", "improvement", "rebalances"] {
      #expect(choice[part] as? NSDictionary == policies[1][part] as? NSDictionary, "\(part)")
      #expect(choice[part] != nil)
    }
  }

  @Test func `a summary is ten lines under a title`() throws {
    let outcome = try Tool.run(["screen"] + Self.trace + ["--format", "summary"])
    let lines = outcome.output.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
    let names = [
      "hot-cold", "Verdict", "Policy", "Saves", "Prices", "Memory", "Break-even", "Experts", "Decides", "Flips",
      "Evidence",
    ]
    #expect(lines == names)
    #expect(
      outcome.output.contains("\nVerdict     not enough evidence: the steps tell too little; once its plans serve"))
  }

  @Test func `a recording of one step is honestly not enough`() throws {
    let scratch = try Scratch()
    let outcome = try Tool.run(
      "screen", scratch.file("one.jsonl", Self.few), "--ranks", "8", "--model", "mixtral-8x7b")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.output.contains("not enough evidence: the recording is too short"))
    #expect(outcome.output.contains("about 14 recorded steps would be enough"))
  }

  @Test(
    arguments: [
      (["--target", "sglnag"], "--target: unknown target 'sglnag'; did you mean 'sglang'?"),
      (["--horizon", "1m"], "--horizon: '1m', expected a number with a unit (s, min, h, d), such as 1h"),
      (["--memory", "100MB"], "--memory: less than a redundant slot on a rank takes, 0.453 GB in 48 MoE layers"),
      (["--memory", "10"], "--memory: '10' has no unit"), (["--memory", "10 us"], "expected a size such as 10GB"),
      (["--rule", "ascent"], "--rule: unknown rule 'ascent'; did you mean 'ascend'?"),
      (["--rule", "ascend", "--baseline", "eplb"], "leave out --baseline"),
      (["--baseline", "eplp"], "did you mean 'eplb'?"),
    ])
  func `mistakes are one line`(options: [String], message: String) throws {
    let outcome = try Tool.run(["screen"] + Self.trace + options)
    #expect(outcome.output.isEmpty && outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect([64, 66].contains(outcome.status))
  }

  @Test func `experts that do not divide have no verdict of vllm-ascend, and a pipe is read once`() throws {
    let uneven = try Tool.run(
      "screen", "traces/hot-cold.moetrace", "--ranks", "24", "--model", "qwen3-30b-a3b", "--rule", "ascend")
    #expect(uneven.status == 64 && uneven.errors.contains("128 experts do not divide over 24 ranks"))
    let piped = try Tool.run("screen", "-", input: Data())
    #expect(piped.status == 64 && piped.errors.contains("can be read only once"))
  }

  @Test func `what runs today may be the plan in a file`() throws {
    let scratch = try Scratch()
    let plan = scratch.folder.appendingPathComponent("plan.json").path
    let planned = try Tool.run(
      ["plan"] + Self.trace + ["--policy", "greedy", "--to", "sglang", "-o", plan])
    #expect(planned.status == 0, "\(planned.errors)")
    let screening = try Self.json(["screen"] + Self.trace + ["--baseline", plan])
    #expect(screening["baseline"] as? String == plan)
    func gain(_ screening: [String: Any]) throws -> Double {
      let choice = try #require(screening["choice"] as? [String: Any])
      return try #require((choice["steady"] as? [String: Any])?["total"] as? Double)
    }
    #expect(try gain(screening) < gain(Self.json(["screen"] + Self.trace)) - 0.01)
    let missing = try Tool.run(["screen"] + Self.trace + ["--baseline", plan + ".json"])
    #expect(missing.status == 66)
  }

  @Test(arguments: [
    (["--speed", "90%", "--memory", "10GB"], "leave out --memory"),
    (["--speed", "90%", "--target", "sglang"], "leave out --target"),
    (["--speed", "90%", "--baseline", "eplb"], "leave out --baseline"),
    (["--speed", "90%", "--horizon", "2h"], "leave out --horizon"),
    (["--speed", "90%", "--rule", "ascend"], "leave out --rule"),
    (["--speed", "90%", "--resilience"], "leave out --resilience"),
    (["--cache", "caches/lru"], "goes with --speed"),
    (["--speed", "0"], "above 0 and at most 1"), (["--speed", "101%"], "above 0 and at most 1"),
    (["--speed", "fast"], "such as 90%"), (["--speed", "90%", "--cache", "eplb"], "no cache"),
    (["--speed", "90%"], "storage"),
  ])
  func `what does not go with the question of room is one line`(options: [String], says: String) throws {
    let outcome = try Tool.run(["screen"] + Self.trace + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(says), "\(outcome.errors)")
    #expect(outcome.errors.filter { $0 == "\n" }.count <= 1)
  }
}
