import Foundation
import Studies

/// A bandwidth sweep, for people and for programs.
public struct SweepReport: Sendable {
  private let result: SweepResult

  public init(_ result: SweepResult) { self.result = result }

  public func json() throws -> String { try jsonReport(result) }

  /// A row per scale-up bandwidth, a column per scale-out bandwidth; fractions.
  public func csv() -> String {
    let header = ["scale_up_GBs"] + (result.scaleOut.isEmpty ? ["improvement"] : result.scaleOut.map { "\($0)" })
    let rows = zip(result.scaleUp, result.improvement).map { bandwidth, row in
      ([bandwidth] + row).map { "\($0)" }.joined(separator: ",")
    }
    return ([header.joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
  }

  public func table() -> String {
    var lines = [
      "Communication time saved by \(result.policy) over \(result.baseline), %: "
        + "\(result.trace) on \(result.ranks) ranks of \(result.cluster)",
      "rows: scale-up GB/s" + (result.scaleOut.isEmpty ? "" : ", columns: scale-out GB/s"),
      "",
    ]
    if !result.scaleOut.isEmpty {
      lines.append(cell("") + result.scaleOut.map { cell(Readable.significant($0)) }.joined())
    }
    for (bandwidth, row) in zip(result.scaleUp, result.improvement) {
      let cells = row.map { cell(String(format: "%.1f", $0 * 100)) }
      lines.append(cell(Readable.significant(bandwidth)) + cells.joined())
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func cell(_ text: String) -> String {
    String(repeating: " ", count: max(1, 7 - text.count)) + text
  }
}
