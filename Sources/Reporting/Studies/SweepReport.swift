import Studies

/// What `sweep` prints: the communication saved by bandwidth.
public struct SweepReport: Report {
  let result: SweepResult

  public init(_ result: SweepResult) { self.result = result }

  public var title: String {
    "Communication time saved by \(result.policy) over \(result.baseline), %: "
      + "\(result.trace) on \(result.ranks) ranks of \(result.cluster)"
  }

  public var content: ReportContent { .object(result) }

  public var blocks: [ReportBlock] {
    let titles = result.scaleOut.isEmpty ? ["improvement"] : result.scaleOut.map(Readable.significant)
    let table = TextTable(
      columns: ([result.scaleOut.isEmpty ? "" : "GB/s"] + titles).map(TextTable.Column.right),
      rows: zip(result.scaleUp, result.improvement).map { bandwidth, row in
        [Readable.significant(bandwidth)] + row.map { Readable.number($0 * 100, decimals: 1) }
      })
    return [
      .line(title), .line("rows: scale-up GB/s" + (result.scaleOut.isEmpty ? "" : ", columns: scale-out GB/s")),
      .line(), .table(table),
    ] + result.notes.flatMap { [.line(), .paragraph("Note: \($0)")] }
  }

  /// A row per scale-up bandwidth, a column per scale-out bandwidth; fractions.
  public var records: Records {
    Records(
      columns: ["scale_up_GBs"] + (result.scaleOut.isEmpty ? ["improvement"] : result.scaleOut.map { "\($0)" }),
      rows: zip(result.scaleUp, result.improvement).map { bandwidth, row in ([bandwidth] + row).map { "\($0)" } })
  }
}
