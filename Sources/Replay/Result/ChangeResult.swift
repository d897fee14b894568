import PerformanceModel

extension PolicyResult {
  /// Ranks that came or went.
  public struct Change: Codable, Equatable, Sendable {
    /// Steps that were over.
    public var step: Int
    public var kind: RankChange.Kind
    /// Ascending.
    public var ranks: [Int]
    /// Experts that no rank alive held, summed over layers.
    public var lostExperts: Int
    /// Bytes of experts that ranks sent each other.
    public var movedBytes: Double
    /// Bytes of experts that ranks loaded from storage.
    public var reloadedBytes: Double
    /// Microseconds until serving went on, within the next step's total; 0 before the first step.
    public var interruption: Double
    /// Microseconds of a step without waiting for moves and changes, mean since the step of the change before it; absent
    /// before the first step.
    public var stepTimeBefore: Double?
    /// The same up to the step of the next change; absent where no step follows.
    public var stepTimeAfter: Double?
  }
}

extension PolicyResult.Change {
  /// Of a replay's changes, in order.
  static func all(_ records: [ChangeRecord], _ time: TimeTotals) -> [PolicyResult.Change] {
    let served = time.servedPerStep
    let steps = served.count
    let bounds = Set(records.map(\.change.step)).union([0, steps]).sorted()
    func mean(_ range: Range<Int>) -> Double? {
      let sum = range.reduce(0.0) { $0 + served[$1] - time.stallPerStep[$1] }
      return range.isEmpty ? nil : sum / Double(range.count)
    }
    return records.map { record in
      let step = record.change.step
      let earlier = bounds.last { $0 < step } ?? step
      let later = bounds.first { $0 > step } ?? step
      return PolicyResult.Change(
        step: step, kind: record.change.kind, ranks: record.change.ranks, lostExperts: record.lostExperts,
        movedBytes: record.movedBytes, reloadedBytes: record.reloadedBytes, interruption: record.interruption,
        stepTimeBefore: mean(earlier..<step), stepTimeAfter: mean(step..<later))
    }
  }
}
