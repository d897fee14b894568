import Foundation

extension Workload {
  /// The same with the experts' popularity more or less uneven: shares raised to a power, 0 for all alike, 1 as they are.
  ///
  /// - Returns: nil for a workload without a table of shares, such as `fit` makes.
  package func sharpened(by power: Double) -> Workload? {
    guard let table = popularity as? TablePopularity else { return nil }
    var copy = self
    copy.popularity = TablePopularity(rows: table.rows.map { Self.sharpened($0, by: power) })
    if let segments = time as? Segments {
      copy.time = Segments(shares: segments.shares.map { $0.map { Self.sharpened($0, by: power) } })
    }
    return copy
  }

  /// What has no share keeps none.
  private static func sharpened(_ row: [Double], by power: Double) -> [Double] {
    let largest = row.max() ?? 0
    return largest > 0 ? row.map { $0 > 0 ? largest * pow($0 / largest, power) : 0 } : row
  }
}
