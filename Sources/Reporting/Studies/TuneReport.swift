import Studies

/// What `advise --tune` prints: the candidates that no other beats.
public struct TuneReport: Report {
  let outcome: TuneJob.Outcome

  public init(_ outcome: TuneJob.Outcome) { self.outcome = outcome }

  public var title: String {
    "Pareto front of \(outcome.tried) candidates: total time, memory, moves" + (knowsCost ? ", cost" : "")
  }

  private var knowsCost: Bool { outcome.front.contains { $0.costPerMillionTokens != nil } }

  public var content: ReportContent { .object(outcome) }

  public var blocks: [ReportBlock] {
    let table = TextTable(
      columns: [.right("total"), .right("gain"), .right("replicas/rank"), .right("moved")]
        + (knowsCost ? [.right("$/M tokens")] : []) + [.left("policy")],
      rows: outcome.front.map { candidate in
        [
          Readable.time(candidate.total), Readable.signedPercent(candidate.improvement),
          Readable.bytes(candidate.replicaBytesPerRank), Readable.count(candidate.movedExperts),
        ] + [candidate.costPerMillionTokens.map(Readable.significant)].compactMap(\.self) + [candidate.policy]
      })
    let idle =
      outcome.idle > 0
      ? [.line(), .paragraph("\(Readable.count(outcome.idle, "candidate")) moved nothing: not ranked.")]
      : [ReportBlock]()
    return [.line(title), .line(), .table(table)] + idle
      + outcome.notes.flatMap { [.line(), .paragraph("Note: \($0)")] }
  }

  /// A row for each candidate on the front.
  public var records: Records {
    get throws { try Records(outcome.front.map { (["policy": $0.policy], $0) }) }
  }
}
