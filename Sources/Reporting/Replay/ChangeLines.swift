import PerformanceModel
import Replay

extension ReplayReport {
  /// What ranks that came or went came to, a row for each change and policy.
  var changes: [ReportBlock] {
    results.flatMap { result -> [ReportBlock] in
      let rows = result.policies.flatMap { policy in
        (policy.changes ?? []).map { change in
          [
            Readable.count(change.step), change.sentence, policy.name, Readable.time(change.interruption),
            Readable.count(change.lostExperts), Readable.bytes(change.movedBytes), Readable.bytes(change.reloadedBytes),
            change.stepTimeBefore.map(Readable.time) ?? Readable.nothing,
            change.stepTimeAfter.map(Readable.time) ?? Readable.nothing,
          ]
        }
      }
      guard !rows.isEmpty else { return [] }
      let table = TextTable(
        style: .ruled, labels: 3,
        columns: [
          .right("Step"), .left("Change"), .left("Policy"), .right("Interruption"), .right("Lost"), .right("Moved"),
          .right("Reloaded"), .right("Step before"), .right("Step after"),
        ], rows: rows)
      let machine = areSeveral ? [ReportBlock.line("Ranks that come and go, \(heading(of: result)):")] : []
      return [.line()] + machine + [.table(table)]
    }
  }
}

extension PolicyResult.Change {
  /// `rank 3 fails`, `ranks 8-15 join`.
  var sentence: String {
    let names = RankChange(step: step, kind: kind, ranks: ranks).rankText
    return ranks.count == 1 ? "rank \(names) \(kind.rawValue)s" : "ranks \(names) \(kind.rawValue)"
  }
}
