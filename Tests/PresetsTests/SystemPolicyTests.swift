import Diagnostics
import ExpertReplay
import Foundation
import TestTraces
import Testing

/// `policies/systems/`: whole serving systems.
@Suite struct SystemPolicyTests {
  static let names = PresetCatalog.systems.names

  /// Those that plan each layer of each step after the gate.
  static let exact = ["harmoeny", "llep", "moonep", "ultraep"]
  /// Those that plan for the steps to come.
  static let planning = names.filter { !exact.contains($0) }

  /// So short that a recording of 24 steps sees plans, and with replicas to choose from.
  static let shortened = planning.map { name in
    switch name {
    case "tensorrt-llm-static": "\(name):predictor.steps=4,at=4,redundantSlotsPerRank=1"
    case "vllm-ascend": "\(name):collect=4,plan=2,redundantSlotsPerRank=1"
    default: "\(name):steps=8,redundantSlotsPerRank=1"
    }
  }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let trace = root.appendingPathComponent("traces/decode-256.moetrace").path

  private static func settings(_ name: String) throws -> (text: String, settings: Settings) {
    let (path, text) = try PresetCatalog.systems.load(name)
    return (text, try Settings(parsing: text, name: path))
  }

  private static func replay(_ systems: [String], threads: Int = 2) throws -> ReplayResult {
    try ReplayJob(
      trace: trace, machine: Machine(named: "h100-cx7"), policies: systems.map(BalancingPolicy.init(system:)),
      threads: threads
    ).run()
  }

  @Test func `the systems are there`() {
    #expect(
      Self.names == [
        "atom", "harmoeny", "llep", "moonep", "sglang", "sglang-chunked", "tensorrt-llm-online", "tensorrt-llm-static",
        "ultraep",
        "vllm", "vllm-ascend", "vllm-sync",
      ])
  }

  @Test(arguments: names) func `a file is commented, and called what the command calls it`(name: String) throws {
    let (text, _) = try Self.settings(name)
    #expect(text.hasPrefix("# "))
    #expect(try BalancingPolicy(named: "systems/\(name)").name == "systems/\(name)")
    #expect(try BalancingPolicy(system: name).name == "systems/\(name)")
  }

  @Test func `every value of every file has a source, and no source is left over`() throws {
    let stated = try SystemFacts().facts
    let found = try Self.names.reduce(into: Set<SystemFacts.Fact>()) { facts, name in
      try facts.formUnion(SystemFacts.facts(of: name, in: Self.settings(name).settings))
    }
    #expect(found.subtracting(stated) == [])
    #expect(stated.subtracting(found) == [])
  }

  /// 24 steps are over before the first plan of any, and without redundant slots all begin as static is.
  @Test func `as they come the systems do nothing to a short recording`() throws {
    let policies = try Self.replay(Self.planning).policies
    #expect(policies.count == Self.planning.count + 1)
    for policy in policies { #expect(policy.time == policies[0].time, "\(policy.name)") }
  }

  @Test func `shortened, each plans and moves, and serves unlike the others`() throws {
    let policies = try Self.replay(Self.shortened).policies.dropFirst()
    for policy in policies { #expect(policy.rebalances.movedExperts > 0, "\(policy.name)") }
    #expect(Set(policies.map(\.time.total)).count == policies.count)
  }

  @Test func `as they come those after the gate wait for each layer's plan, and fetch experts, but move none`() throws {
    let policies = try Self.replay(Self.exact).policies.dropFirst()
    for policy in policies {
      let balancing = try #require(policy.balancing)
      #expect(try #require(policy.time.balancing) > 0)
      #expect(policy.causal && policy.rebalances.movedExperts == 0)
      #expect(balancing.fetchedExperts > 0, "\(policy.name)")
    }
  }

  @Test func `results are the same at any number of threads`() throws {
    let names = Self.shortened + Self.exact
    #expect(try Self.replay(names, threads: 1) == Self.replay(names, threads: 2))
  }

  @Test func `a system that there is none of is told the closest, and all`() {
    let known = "known: \(Self.names.joined(separator: ", "))"
    for (name, closest) in [("vlm", "did you mean 'vllm'?; "), ("triton", "")] {
      let error = #expect(throws: InputError.self) { try BalancingPolicy(system: name) }
      #expect(error?.description == "\(name): no such serving system; \(closest)\(known)")
      #expect(error?.status == .missing)
    }
  }

  @Test func `a policy's name leads to its system`() {
    let error = #expect(throws: InputError.self) { try BalancingPolicy(named: "vllm") }
    #expect(error?.description.hasPrefix("vllm: no such entry; did you mean 'systems/vllm'?; looked in ") == true)
    let other = #expect(throws: InputError.self) { try BalancingPolicy(named: "systems/vlm") }
    #expect(other?.description.hasPrefix("systems/vlm: no such entry; did you mean 'systems/vllm'?; ") == true)
  }
}
