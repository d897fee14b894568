import Studies

/// What redundant slots buy against failed ranks: the cheapest way to each safety in words, and all that was replayed.
struct SafetyBlocks {
  let rows: [Screening.Safety]
  let baseline: String

  init(_ rows: [Screening.Safety], baseline: String) {
    self.rows = rows
    self.baseline = baseline
  }

  var blocks: [ReportBlock] {
    let table = TextTable(
      columns: [
        .right("redundant"), .left("policy"), .right("replicas/rank"), .right("may fail"), .right("lost with 1"),
        .right("with 2"), .right("step"), .right("gain"),
      ],
      rows: rows.map { row in
        [
          "\(row.redundantSlotsPerRank)", row.policy, Readable.bytes(row.replicaBytesPerRank),
          Readable.count(whole: Double(row.resilience.toleratedFailures)), lost(row, 1), lost(row, 2),
          Readable.time(row.stepTime), gain(of: row),
        ]
      })
    return [.line(), .paragraph(sentence), .line(isDetail: true), .table(table, isDetail: true)] + unsure
  }

  /// `−9.7 ± 1.2 %`, or without an interval `−9.7 %`.
  private func gain(of row: Screening.Safety) -> String {
    let gain = Readable.signedPercent(row.gain)
    guard let low = row.gainLow, let high = row.gainHigh else { return gain }
    return "\(gain.dropLast(2)) ± \(Readable.percent((high - low) / 2))"
  }

  /// Why rows have no interval, once for each reason.
  private var unsure: [ReportBlock] {
    Set(rows.compactMap(\.noInterval)).sorted().flatMap { reason in
      let policies = rows.filter { $0.noInterval == reason }.map(\.policy).joined(separator: ", ")
      return [ReportBlock.line(isDetail: true), .paragraph("No interval for \(policies): \(reason).", isDetail: true)]
    }
  }

  private func lost(_ row: Screening.Safety, _ failures: Int) -> String {
    row.resilience.lost(failures: failures).map(Readable.significant) ?? Readable.nothing
  }

  private var sentence: String {
    let most = rows.map(\.resilience.toleratedFailures).max() ?? 0
    guard most > 0 else {
      return "A failed rank loses experts in every number of slots that there is room for."
    }
    return (1...most).compactMap { failures in
      cheapest(surviving: failures).map { row in
        "Any \(failures == 1 ? "rank" : Readable.count(failures, "rank")) may fail with no expert lost from "
          + "\(Readable.count(row.redundantSlotsPerRank, "redundant slot")) a rank on "
          + "(\(Readable.bytes(row.replicaBytesPerRank))): under \(row.policy), "
          + Readable.speed(row.gain, low: row.gainLow, high: row.gainHigh, than: baseline) + "."
      }
    }.joined(separator: " ")
  }

  /// In the fewest slots, there the fastest.
  private func cheapest(surviving failures: Int) -> Screening.Safety? {
    rows.filter { $0.resilience.toleratedFailures >= failures }
      .min { ($0.redundantSlotsPerRank, -$0.gain) < ($1.redundantSlotsPerRank, -$1.gain) }
  }
}
