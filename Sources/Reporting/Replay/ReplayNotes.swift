import Foundation
import Replay

/// What the reader has to know to judge the figures.
enum ReplayNotes {
  /// What rewriting the router did, whether exactly, and what the baseline was before.
  private static func routerNotes(of result: ReplayResult) -> [String] {
    guard let router = result.router else { return [] }
    var notes = router.rewrites.map(\.sentence)
    if let before = router.before, let baseline = result.policies.first {
      func balance(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "unknown" }
      let nominal = baseline.imbalance.peakToNominal.map { String(format: ", %.2f of the mean without drops", $0) }
      notes.append(
        "The trace as recorded, under \(result.baseline): total \(String(format: "%.1f", before.total / 1e3)) ms, rank "
          + "load max/mean \(balance(before.peakToAverage)); rewritten: "
          + "\(String(format: "%.1f", baseline.time.total / 1e3)) ms and \(balance(baseline.imbalance.peakToAverage))"
          + "\(nominal ?? "").")
    }
    return notes
  }

  /// The result's own, and why improvements have no interval, in all or in a part: one for each reason.
  static func all(of result: ReplayResult) -> [String] {
    var reasons: [(part: String, reason: String, policies: [String])] = []
    for policy in result.policies {
      guard let (part, reason) = missingInterval(of: policy) else { continue }
      if let known = reasons.firstIndex(where: { $0.part == part && $0.reason == reason }) {
        reasons[known].policies.append(policy.name)
      } else {
        reasons.append((part, reason, [policy.name]))
      }
    }
    return result.notes + routerNotes(of: result)
      + reasons.map { "No interval\($0.part) for \($0.policies.joined(separator: ", ")): \($0.reason)." }
  }

  /// Of what there is none, and why; once plans serve where that is known.
  private static func missingInterval(of policy: PolicyResult) -> (part: String, reason: String)? {
    let improvement = policy.improvement
    let missing = policy.steady.flatMap { steady in
      steady.noInterval.map { (reason: $0, comm: steady.commLow, total: steady.totalLow) }
    }
    guard
      let (reason, comm, total) = missing
        ?? improvement.noInterval.map({ (reason: $0, comm: improvement.commLow, total: improvement.totalLow) })
    else { return nil }
    let part = total != nil ? " of communication" : comm != nil ? " of the total" : ""
    return (part, reason)
  }
}
