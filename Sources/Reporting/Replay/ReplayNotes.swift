import Replay

/// What the reader has to know to judge the figures.
enum ReplayNotes {
  /// The result's own, and why improvements have no interval: one for each reason.
  static func all(of result: ReplayResult) -> [String] {
    var reasons: [(reason: String, policies: [String])] = []
    for policy in result.policies {
      guard let reason = policy.steady?.noInterval ?? policy.improvement.noInterval else { continue }
      if let known = reasons.firstIndex(where: { $0.reason == reason }) {
        reasons[known].policies.append(policy.name)
      } else {
        reasons.append((reason, [policy.name]))
      }
    }
    return result.notes + reasons.map { "No interval for \($0.policies.joined(separator: ", ")): \($0.reason)." }
  }
}
