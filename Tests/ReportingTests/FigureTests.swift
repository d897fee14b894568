import ExpertCache
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import Reporting
import RoutingTrace
import TestTraces
import Testing

@Suite struct FigureTests {
  /// A JSON object's numbers by dotted path; lists are no figures.
  private enum Numbers: Decodable {
    case number(Double)
    case branch([String: Numbers])
    case other

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let branch = try? container.decode([String: Numbers].self) {
        self = .branch(branch)
      } else if let truth = try? container.decode(Bool.self) {
        self = .number(truth ? 1 : 0)
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .other
      }
    }

    func leaves(at path: String = "") -> [(String, Double)] {
      switch self {
      case .number(let number): [(path, number)]
      case .branch(let branch): branch.flatMap { $0.value.leaves(at: path.isEmpty ? $0.key : "\(path).\($0.key)") }
      case .other: []
      }
    }
  }

  /// Has what the known result lacks.
  static func balancedAfterTheGate() throws -> PolicyResult {
    let exact = try BalancingPolicy(
      name: "exact", planner: HomePlanner(HomeGroupsPlanner()),
      schedule: RebalanceSchedule(.everyLayer(LayerCharge(planMicroseconds: 50, syncMicroseconds: 10))),
      dispatch: PlannedDispatch.init)
    return try Fixture.replay(SmallTrace(), [exact]).policies[1]
  }

  /// Has what a machine without a price lacks.
  static func priced() throws -> PolicyResult {
    var policy = try ReplayReportTests.result.get().policies[1]
    policy.cost = ServingCost(
      perMillionTokens: 0.613, electricityPerMillionTokens: 0.032, joulesPerToken: 0.773,
      tokensPerSecondPerDollar: 453, savedPerMillionTokens: 0.22)
    return policy
  }

  /// Experts that come from ranks and from every tier of storage.
  static func movedFromTiers() throws -> PolicyResult {
    let trace = SmallTrace()
    let tiers = ["host", "ssd", "remote"].map { "\($0): {bandwidth: 50 GB/s}" }.joined(separator: ", ")
    let setting = try Fixture.setting(trace, extra: "storage: {\(tiers)}")
    return try Fixture.replay(trace, [Fixture.policy("p")], setting: setting).policies[1]
  }

  /// Waits for experts that were not at hand.
  static func cached() throws -> PolicyResult {
    let trace = SmallTrace()
    let setting = try Fixture.setting(
      trace, ranks: 1, ranksPerNode: 1, extra: "storage: {host: {bandwidth: 50 GB/s}}")
    let policy = try BalancingPolicy(
      name: "cached", planner: StaticPlanner(), schedule: RebalanceSchedule(.never),
      cache: CacheRecipe(room: .experts(9), replacement: Replacements.registry.named("lru")))
    return try Fixture.replay(trace, [policy], setting: setting).policies[1]
  }

  /// Of a router that drops visits.
  static func rewritten() throws -> PolicyResult {
    let trace = SmallTrace()
    let steps = try RouterSteps([RouterRecipe("capacity:factor=1")], of: trace.source())
    return try ReplayJob(setting: Fixture.setting(trace), policies: []).run(on: steps).result.policies[0]
  }

  /// Over a mesh that counts paths.
  static func meshed() throws -> PolicyResult {
    let trace = SmallTrace()
    let mesh = "fairShare: {topology: mesh-2d, linkBandwidth: 1 GB/s, columns: 2, routingEntries: 1}"
    let setting = try ReplaySetting(
      header: trace.header,
      cluster: Fixture.cluster(ranks: 4, ranksPerNode: 4, extra: mesh).priced(by: "fair-share"),
      model: Fixture.model(
        experts: trace.header.experts, topK: trace.header.topK ?? 1, layers: trace.header.layers))
    return try Fixture.replay(trace, [Fixture.policy("p")], setting: setting).policies[1]
  }

  /// Stands still while a rank leaves; communication slows computation down.
  static func changed() throws -> PolicyResult {
    let trace = SmallTrace()
    let setting = try Fixture.setting(
      trace, extra: "changes: [\"8 leave 3\"]\noverlap: {fraction: 1, computeDerate: 0.9}")
    return try Fixture.replay(trace, [Fixture.policy("p")], setting: setting).policies[1]
  }

  /// The JSON tells what more failures lose, as far as there are ranks.
  private static let furtherFailures = (2..<16).map { "resilience.expectedLost.\(1 << $0)" }

  @Test("A figure reads what stands at its path in the JSON, and every number in the JSON is a figure")
  func paths() throws {
    var seen: Set<String> = []
    for policy in try ReplayReportTests.result.get().policies + [
      Self.balancedAfterTheGate(), Self.priced(), Self.movedFromTiers(), Self.cached(), Self.changed(),
      Self.meshed(), Self.rewritten(),
    ] {
      let leaves = try JSONDecoder().decode(Numbers.self, from: JSONEncoder().encode(policy)).leaves()
        .filter { $0.0 != "causal" && !Self.furtherFailures.contains($0.0) }
      let numbers = Dictionary(uniqueKeysWithValues: leaves)
      for figure in Figure.all { #expect(figure.value(policy) == numbers[figure.path], "\(figure.path)") }
      seen.formUnion(numbers.keys)
    }
    #expect(seen == Set(Figure.all.map(\.path)), "between them they should have every figure")
  }

  @Test("Paths, names and titles of columns are told once, and readings are single lines")
  func unique() {
    #expect(Set(Figure.all.map(\.path)).count == Figure.all.count)
    #expect(Set(Figure.all.map(\.name)).count == Figure.all.count)
    for figure in Figure.all {
      #expect(!figure.reading.isEmpty && !figure.reading.hasSuffix(".") && !figure.reading.contains("\n"))
    }
  }

  @Test("docs/figures.md lists the figures")
  func documented() throws {
    let file = Golden.root.appendingPathComponent("docs/figures.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let head = text.components(separatedBy: "\n| ")[0]
    let rows = Figure.all.map { figure in
      "| \(figure.name) | `\(figure.path)` | \(figure.unit.rawValue) | \(figure.better.rawValue) | "
        + figure.reading.replacing("|", with: "\\|") + " |"
    }
    let table = ["| figure | in the JSON | unit | better | |", "|---|---|---|---|---|"] + rows
    try Golden.expect(head + "\n" + table.joined(separator: "\n") + "\n", isFile: file)
  }
}
