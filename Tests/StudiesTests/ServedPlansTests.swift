import Diagnostics
import LoadBalancing
import PerformanceModel
import Presets
import Replay
import RoutingTrace
import Studies
import TestTraces
import Testing

/// What `plan` says of a plan is what the file that it writes comes to.
@Suite struct ServedPlansTests {
  static let ranks = 8
  static let policies = [
    "static", "striped", "random", "greedy", "eplb", "distribution-only", "fractional", "fractional-waterfill",
    "incremental", "even-share", "layer-budget",
  ]

  /// Eight steps of tokens, or of their counts.
  private static func recording(_ content: TraceHeader.Content) throws -> (path: String, folder: TemporaryFolder) {
    let folder = try TemporaryFolder()
    let (experts, layers, topK) = (24, 2, 3)
    var lines = [
      #"{"format":"moe-routing-trace","version":1,"layers":2,"experts":24,"topK":3,"content":"\#(content.rawValue)"}"#
    ]
    for step in 0..<8 {
      for layer in 0..<layers {
        let tokens = (0..<32).map { token in
          (0..<topK).map { choice in choice * 8 + (token * token + step + 5 * layer * choice) % (3 + choice) }
        }
        let counts = (0..<experts).map { expert in tokens.joined().count { $0 == expert } }
        let body = content == .tokens ? #""experts":\#(tokens)"# : #""counts":\#(counts)"#
        lines.append(#"{"step":\#(step),"layer":\#(layer),\#(body)}"#)
      }
    }
    return (try folder.write(lines.joined(separator: "\n"), to: "t.jsonl"), folder)
  }

  /// `balancedness.rank` of the file's plan on a machine, under a target's own rule.
  private static func replayed(
    _ plan: PlannedPlacement, format: String, target: ServingTarget, recording: String
  ) throws -> Double? {
    let written = try PlanFormats.plan(in: PlanFormats.content(of: plan, format: format), name: format)
    let reader = try StepSelection().open(recording)
    let cluster = try Fixture.cluster(ranks: ranks, ranksPerNode: 4)
    let model = try Fixture.model(experts: 24, topK: 3, layers: 2)
    let policy = try BalancingPolicy(
      name: "f", planner: FixedPlanner(written), schedule: RebalanceSchedule(.initial), dispatch: target.dispatch)
    let job = ReplayJob(
      setting: try ReplaySetting(header: reader.header, cluster: cluster, model: model), policies: [policy])
    return try job.run(on: reader).result.policies[1].balancedness.rank
  }

  @Test(arguments: [TraceHeader.Content.tokens, .counts])
  func `every exported file, replayed as its system serves it, is as even as was printed`(
    content: TraceHeader.Content
  ) throws {
    let (path, folder) = try Self.recording(content)
    defer { _ = folder }
    var compared = 0
    for format in PlanFormats.registry.names {
      let target = try ServingTarget.loading(format)
      for policy in Self.policies {
        if policy == "layer-budget", !target.allowsBudgets { continue }
        let request = PlanRequest(
          load: [path], policy: policy, cluster: "h100-cx7", ranks: Self.ranks, nodes: 2, format: format)
        let outcome = try request.run()
        let printed = outcome.served.plans[0].balancedness
        let found = try Self.replayed(outcome.plan, format: format, target: target, recording: path)
        #expect(printed == found && printed != nil, "\(policy) \(format)")
        #expect(outcome.served.steps == 8 && outcome.served.replicaRule == target.replicaRule)
        compared += 1
      }
    }
    #expect(compared == 51)
  }
}
