import CommandRunner
import Containers
import Diagnostics
import Files
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import Testing
import Validation
import Workloads

/// docs/limits.md says what the code refuses.
@Suite struct LimitsTests {
  /// The table's rows but for its headings.
  static let documented: [String: String] = {
    let path = Tool.root.appendingPathComponent("docs/limits.md").path
    let lines = ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n")
    let rows = lines.filter { $0.hasPrefix("| ") && !$0.hasSuffix(" Limit |") }.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    return Dictionary(rows.filter { !$0[1].isEmpty }.map { ($0[0], $0[1]) }) { first, _ in first }
  }()

  private static func grouped(_ number: some BinaryInteger) -> String {
    var digits = String(number)
    var groups = [String]()
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return ([digits] + groups).joined(separator: ",")
  }

  private static func range(_ least: Int, _ most: some BinaryInteger) -> String { "\(least)…\(grouped(most))" }

  static let inCode: [(what: String, limit: String)] = [
    ("MoE layers of a trace", range(1, TraceHeader.maximumLayers)),
    ("experts of a layer", range(1, TraceHeader.maximumExperts)),
    ("layers × experts of a trace", grouped(TraceHeader.maximumExpertsInAll)),
    ("experts of a token (top-k)", range(1, TraceHeader.maximumTopK)),
    ("tokens of one expert in a layer of one step, in counts", range(0, RoutingStep.maximumCount)),
    ("visits of a layer in one step, in counts; tokens of that step", range(1, RoutingStep.maximumVisits)),
    ("visits of all layers and steps, in counts", grouped(RoutingStep.maximumVisitsInAll)),
    ("load of one expert in a matrix for `plan`", range(0, Int(LoadMatrix.maximumLoad))),
    ("tokens of a step that is made of recorded sequences", range(1, Batching.maximumTokens)),
    ("a text file: YAML, a matrix, a plan, a table", "\(grouped(maximumTextBytes)) bytes"),
    (
      "what a line, step or archive entry may inflate to",
      "\(grouped(inflateLimit(compressed: 0))) bytes, or \(inflateLimit(compressed: 1 << 30) >> 30) times the file"
    ),
    ("ranks", range(1, Cluster.maximumRanks)), ("ranks for `fair-share`", range(1, Topologies.maximumRanks)),
    ("slots of a layer", range(1, SlotBudget.limit)), ("sizes in YAML", Dimension.size.limits),
    ("times in YAML", Dimension.time.limits), ("bandwidths in YAML", Dimension.bandwidth.limits),
    ("arithmetic rates in YAML", Dimension.flopRate.limits),
    ("bytes from one rank to another, for `comm`", range(0, Int(BytesMatrix.maximumBytes))),
    ("packets of one All-to-All, for `round-robin`", grouped(Int(RoundRobinModel.packetsInAll))),
    ("of these, packets simulated one by one", grouped(RoundRobinModel.packetLimit)),
    ("looks at pairs of ranks while these are simulated", grouped(RoundRobinModel.visitLimit)),
    ("tokens of a row of measurements", range(1, MeasurementTable.maximumTokens)),
    ("steps that `--select` draws", range(1, StepDraw.maximumCount)),
    ("kept groups of `--router groups`", range(1, TraceHeader.maximumExperts)),
    ("kept experts of `--router top-k`", range(1, TraceHeader.maximumTopK)),
    ("experts that `--router prune` removes", range(0, TraceHeader.maximumExperts)),
    ("experts that `--router merge` leaves", range(1, TraceHeader.maximumExperts)),
    ("steps that `--router prune` and `merge` learn on", range(1, PruneRewrite.maximumLearning)),
    ("layers × tokens × top-k of a step", grouped(Workload.maximumChoices)),
    ("tokens of a sequence", range(1, SequenceLengths.maximumLength)),
    ("sequences × tokens of the longest", grouped(SequenceLengths.maximumTokens)),
    (
      "visits of a plan that `token-to-expert` draws one by one, rather than on average",
      grouped(Int(TokenToExpertPredictor.visitsDrawn))
    ),
  ]

  @Test func everyLimitIsInTheTableAndEveryRowIsALimit() {
    for (what, limit) in Self.inCode { #expect(Self.documented[what] == limit, "\(what)") }
    let keys = Set(KeyLimit.all.map(\.row.what))
    let known = Set(Self.inCode.map(\.what)).union(OptionLimitTests.options.map { "`\($0.option)`" })
    #expect(Set(Self.documented.keys).subtracting(keys) == known)
  }
}
