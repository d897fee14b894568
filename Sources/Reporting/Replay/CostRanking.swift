import Replay

extension ReplayReport {
  /// Which machine serves a token for least, if several state a price: each with its cheapest policy that does not look
  /// ahead, cheapest first.
  var costRanking: [ReportBlock] {
    let cheapest = results.compactMap { result -> (result: ReplayResult, policy: PolicyResult, dollars: Double)? in
      result.policies.compactMap { policy in
        policy.cost.flatMap { policy.causal ? (result, policy, $0.perMillionTokens) : nil }
      }.min { $0.2 < $1.2 }
    }
    guard cheapest.count > 1 else { return [] }
    let places = cheapest.sorted { ($0.dollars, heading(of: $0.result)) < ($1.dollars, heading(of: $1.result)) }
      .map { result, policy, dollars in
        let pace = policy.serving?.timePerOutputToken.map { " at \(Readable.time($0)) an output token" } ?? ""
        return "\(heading(of: result)) $\(Readable.significant(dollars)) with \(policy.name)\(pace)"
      }
    return [.line(), .paragraph("Dollars for a million tokens, cheapest first: \(places.joined(separator: "; ")).")]
  }
}
