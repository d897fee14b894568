import CommandRunner
import Foundation
import Testing

/// Plans that `plan --to` wrote, read back by `--diff` and by `planner: {kind: fixed}`.
@Suite struct PlanFileCommandTests {
  private static let load = #"[[9,5,3,1,4,2,6,8],[2,7,1,8,2,8,1,8]]"#

  /// A folder with a load of two layers and eight experts, and a plan of it for four ranks.
  private func folder(_ policy: String, to format: String, file: String) throws -> Scratch {
    let scratch = try Scratch()
    _ = try scratch.file("load.json", Self.load)
    for presets in ["policies", "clusters"] {
      try FileManager.default.createSymbolicLink(
        at: scratch.folder.appendingPathComponent(presets),
        withDestinationURL: Tool.root.appendingPathComponent(presets))
    }
    let outcome = try Tool.run(
      "plan", "load.json", "--policy", policy, "--ranks", "4", "--to", format, "-o", file, in: scratch.folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return scratch
  }

  @Test(arguments: [
    ("json", "plan.json"), ("sglang", "plan.json"), ("tensorrt-llm", "plan.yaml"), ("vllm-ascend", "plan.json"),
    ("deepseek-eplb", "plan.json"), ("deepseek-eplb", "plan.npz"),
  ])
  func `a plan does not differ from what any format keeps of it`(format: String, file: String) throws {
    let scratch = try folder("greedy", to: format, file: file)
    let same = try Tool.run(
      "plan", "load.json", "--policy", "greedy", "--ranks", "4", "--to", "json", "-o", "new.json", "--diff", file,
      in: scratch.folder)
    #expect(same.status == 0, "\(same.errors)")
    #expect(same.output.contains("all              0"), "\(same.output)")
    // Typed on the command line, so that it lies in the working directory, not beside the policy's file.
    let fixed = try Tool.run(
      "plan", "load.json", "--policy", "static:planner={kind: fixed, file: \(file)},schedule={kind: initial}",
      "--ranks", "4", "--to", "json", "-o", "fixed.json", in: scratch.folder)
    #expect(fixed.status == 0, "\(fixed.errors)")
    let plans = try ["new.json", "fixed.json"].map {
      try String(contentsOf: scratch.folder.appendingPathComponent($0), encoding: .utf8)
    }
    #expect(plans[0] == plans[1])
  }

  @Test(arguments: [("json", "eplb:redundantSlotsPerRank=1"), ("vllm-ascend", "greedy")])
  func `a plan for other ranks is refused, naming both`(format: String, policy: String) throws {
    let scratch = try folder(policy, to: format, file: "plan.json")
    for arguments in [
      ["--policy", "static:planner={kind: fixed, file: plan.json},schedule={kind: initial}"],
      ["--policy", policy, "--diff", "plan.json"],
    ] {
      let outcome = try Tool.run(
        ["plan", "load.json", "--ranks", "2", "--to", "json", "-o", "new.json"] + arguments, in: scratch.folder)
      #expect(outcome.status == 64)
      #expect(outcome.errors == "expert-replay: plan.json: a plan for 4 ranks, expected one for 2\n")
    }
  }

  @Test func `a path in a policy's file is beside that file`() throws {
    let scratch = try folder("greedy", to: "sglang", file: "plan.json")
    _ = try FileManager.default.createDirectory(
      at: scratch.folder.appendingPathComponent("mine"), withIntermediateDirectories: false)
    _ = try scratch.file(
      "mine/fixed.yaml",
      "name: f\nplanner: {kind: fixed, file: ../plan.json}\nschedule: {kind: initial}\ndispatch: {kind: even}\n")
    let outcome = try Tool.run(
      "plan", "load.json", "--policy", "mine/fixed.yaml", "--ranks", "4", "--to", "json", "-o", "new.json",
      in: scratch.folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func `shares that a format drops are refused, and written without them when forced`() throws {
    let scratch = try folder("fractional:redundantSlotsPerRank=1", to: "json", file: "plan.json")
    func export(_ more: String...) throws -> Tool.Outcome {
      try Tool.run(
        ["plan", "load.json", "--policy", "static:planner={kind: fixed, file: plan.json},schedule={kind: initial}"]
          + ["--ranks", "4", "--to", "sglang", "-o", "sglang.json"] + more, in: scratch.folder)
    }
    let refused = try export()
    #expect(refused.status == 64)
    #expect(
      refused.errors.hasSuffix(
        "layer 0: unequal shares, which sglang drops: it splits an expert's tokens evenly; --force writes equal ones\n"
      ))
    #expect(!FileManager.default.fileExists(atPath: scratch.folder.appendingPathComponent("sglang.json").path))
    let forced = try export("--force")
    #expect(forced.status == 0)
    #expect(forced.output.contains("Balance as sglang serves it (sglang-static), the load as one step"))
    #expect(FileManager.default.fileExists(atPath: scratch.folder.appendingPathComponent("sglang.json").path))
  }

  @Test func `a policy for one system is not written for another`() throws {
    let scratch = try folder("greedy", to: "json", file: "plan.json")
    let outcome = try Tool.run(
      "plan", "load.json", "--policy", "greedy:target=sglang", "--ranks", "4", "--to", "vllm-ascend", "-o", "x",
      in: scratch.folder)
    #expect(outcome.status == 64)
    #expect(
      outcome.errors
        == "expert-replay: policy greedy:target=sglang: plans for sglang, which does not load vllm-ascend\n")
  }

  @Test func `with the plan on standard output what is said of it is left out, but for the warning`() throws {
    let scratch = try folder("greedy", to: "json", file: "plan.json")
    let outcome = try Tool.run(
      "plan", "load.json", "--policy", "static", "--ranks", "4", "--to", "sglang", "-o", "-", in: scratch.folder)
    #expect(outcome.status == 0 && outcome.output.hasPrefix("{\"physical_to_logical_map\""))
    #expect(outcome.errors.hasPrefix("warning: as sglang serves it the plan is less even than greedy, "))
    #expect(outcome.errors.hasSuffix("; use --policy greedy\n"))
  }

  @Test func `a file that is no plan says what was expected`() throws {
    let scratch = try folder("greedy", to: "json", file: "plan.json")
    let outcome = try Tool.run(
      "plan", "load.json", "--policy", "greedy", "--ranks", "4", "--to", "json", "-o", "new.json", "--diff",
      "load.json", in: scratch.folder)
    #expect(outcome.status == 65)
    #expect(outcome.errors.hasPrefix("expert-replay: load.json: not a plan: expected one of phy2log (deepseek-eplb)"))
    #expect(!FileManager.default.fileExists(atPath: scratch.folder.appendingPathComponent("new.json").path))
  }

  @Test func `the router's groups are the model's where the recording does not say`() throws {
    func plan(_ groups: [String]) throws -> String {
      let plan = ["plan", "traces/decode-256.moetrace", "--policy", "eplb", "--to", "json", "-o", "-"]
      let outcome = try Tool.run(plan + groups)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return outcome.output
    }
    #expect(try plan([]) == plan(["--groups", "8"]))
    #expect(try plan([]) != plan(["--groups", "1"]))
  }
}
