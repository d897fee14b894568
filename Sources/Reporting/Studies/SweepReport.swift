import Studies

/// What `sweep` prints: the time saved by bandwidth, in total and of communication.
public struct SweepReport: Report {
  let result: SweepResult

  public init(_ result: SweepResult) { self.result = result }

  public var title: String {
    "Time saved by \(result.policy) over \(result.baseline), %: "
      + "\(result.trace) on \(result.ranks) ranks of \(result.cluster)"
  }

  public var content: ReportContent { .object(result) }

  public var blocks: [ReportBlock] {
    let axes = "rows: scale-up GB/s" + (result.scaleOut.isEmpty ? "" : ", columns: scale-out GB/s")
    return [
      .line(title), .line(axes), .line(), .line("total"), .table(table(of: result.improvement)), .line(),
      .line("communication"), .table(table(of: result.communication)),
    ] + result.notes.flatMap { [.line(), .paragraph("Note: \($0)")] }
  }

  private func table(of improvement: [[Double]]) -> TextTable {
    let titles = result.scaleOut.isEmpty ? ["improvement"] : result.scaleOut.map(Readable.significant)
    return TextTable(
      columns: ([result.scaleOut.isEmpty ? "" : "GB/s"] + titles).map(TextTable.Column.right),
      rows: zip(result.scaleUp, improvement).map { bandwidth, row in
        [Readable.significant(bandwidth)] + row.map { Readable.number($0 * 100, decimals: 1) }
      })
  }

  /// A row for each pair of bandwidths; fractions.
  public var records: Records {
    let pairs = result.scaleUp.indices.flatMap { row in result.improvement[row].indices.map { (row, $0) } }
    let hasNodes = !result.scaleOut.isEmpty
    return Records(
      columns: ["scaleUp"] + (hasNodes ? ["scaleOut"] : []) + ["improvement", "communication"],
      rows: pairs.map { row, column in
        ["\(result.scaleUp[row])"] + (hasNodes ? ["\(result.scaleOut[column])"] : [])
          + ["\(result.improvement[row][column])", "\(result.communication[row][column])"]
      })
  }
}
