import Charts
import Replay

/// A result with the colours of its policies, as charts take it.
struct ChartedResult: Sendable {
  struct Policy: Sendable {
    let policy: PolicyResult
    let series: Plot.Series

    /// Marked where it looks ahead.
    var name: String { series.name }
    var details: PolicyResult.Details? { policy.details }
  }

  let result: ReplayResult
  /// The baseline first.
  let policies: [Policy]

  /// - Parameter colours: names of policies in the order of their colours.
  init(_ result: ReplayResult, colours: [String]) {
    self.result = result
    policies = result.policies.map { policy in
      let colour = colours.firstIndex(of: policy.name) ?? 0
      return Policy(policy: policy, series: Plot.Series(colour: colour, name: Self.name(policy)))
    }
  }

  static func name(_ policy: PolicyResult) -> String { policy.name + (policy.causal ? "" : " *") }

  var details: ReplayDetails? { result.details }
  var baseline: Policy? { policies.first }
  var others: ArraySlice<Policy> { policies.dropFirst() }
  var ranks: Int { result.cluster.ranks }

  /// The policy that takes the least time in all among those that do not look ahead.
  var best: Policy? {
    others.filter(\.policy.causal).min { $0.policy.time.total < $1.policy.time.total }
  }

  /// Policies with details, and these.
  var detailed: [(policy: Policy, details: PolicyResult.Details)] {
    policies.compactMap { policy in policy.details.map { (policy, $0) } }
  }

  /// The baseline and the best of the others: those that a sentence tells of.
  var told: [Policy] { [baseline, best].compactMap(\.self) }

  /// What is said of each policy told, as `static 1.02 ms, eplb 0.95 ms`.
  func list(_ text: (Policy) -> String?) -> String {
    told.compactMap { policy in text(policy).map { "\(policy.name.shortened()) \($0)" } }.joined(separator: ", ")
  }

  /// The rows of charts that show ranks.
  var rows: RankRows { RankRows(ranks: ranks, ranksPerNode: result.cluster.ranksPerNode) }

  /// Rows where a node begins, without the first.
  var nodeLines: [Int] {
    let perNode = result.cluster.ranksPerNode / rows.ranksPerRow
    guard perNode > 1 else { return [] }
    return Array(stride(from: perNode, to: rows.count, by: perNode))
  }

  /// What rows of ranks are called.
  var rowName: String { rows.ranksPerRow == 1 ? "rank" : "\(rows.ranksPerRow) ranks from" }

  /// Why a point or a column is not a step, if it is not.
  var binNote: String? {
    guard let bin = details?.stepsPerBin, bin > 1 else { return nil }
    return "Every point is the mean of \(bin) steps."
  }
}

extension String {
  /// With what is in the middle left out, if it is longer than `count`.
  func shortened(to count: Int = 36) -> String {
    self.count <= count ? self : "\(prefix(count - count / 3 - 1))…\(suffix(count / 3))"
  }
}
