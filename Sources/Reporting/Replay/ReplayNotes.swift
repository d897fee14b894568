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
    return result.notes + routerNotes(of: result)
      + reasons.map { "No interval for \($0.policies.joined(separator: ", ")): \($0.reason)." }
  }
}
