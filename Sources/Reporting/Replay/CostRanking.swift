import Replay

extension ReplayReport {
  /// Which machine serves a token for least, if several state a price: each with its cheapest policy that does not look
  /// ahead, cheapest first. So the first that keeps a time per output token is the cheapest that does.
  var costRanking: [ReportBlock] {
    let cheapest = results.compactMap { result in
      result.policies.compactMap { policy in
        policy.cost.flatMap { policy.causal ? (result: result, policy: policy, dollars: $0.perMillionTokens) : nil }
      }.min { $0.dollars < $1.dollars }
    }
    guard cheapest.count > 1 else { return [] }
    let ranked = cheapest.sorted { ($0.dollars, heading(of: $0.result)) < ($1.dollars, heading(of: $1.result)) }
    let table = TextTable(
      style: .ruled, labels: 2, columns: [.right("$/M"), .left("Cheapest first"), .left("Policy"), .right("TPOT ms")],
      rows: ranked.map { result, policy, dollars in
        [
          Readable.significant(dollars), heading(of: result), policy.name,
          policy.serving?.timePerOutputToken.map { Readable.significant($0 / 1000) } ?? Readable.nothing,
        ]
      })
    return [.line(), .table(table)]
  }
}
