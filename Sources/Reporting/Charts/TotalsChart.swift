import Charts
import Replay

extension ResultChart {
  /// A bar for each policy, stacked from the parts of its time.
  static let totals = ResultChart("totals", "Time by part", missing: needsOthers) { charted in
    let rows = charted.policies.map { TotalsBars.Row($0, of: charted) }
    let bars = TotalsBars(rows: rows, title: "time")
    let reading = charted.totalsReading
    return Drawing(
      reading: reading, panels: [.init(picture: bars.svg(label: "Time by part. \(reading)"))], legend: bars.legend,
      notes: bars.notes)
  }
}

extension ChartedResult {
  /// Of the total, by the 95 % interval of its improvement over the baseline.
  func totalInterval(of policy: PolicyResult) -> ClosedRange<Double>? {
    guard let low = policy.improvement.totalLow, let high = policy.improvement.totalHigh, low <= high,
      let before = baseline?.policy.time.total
    else { return nil }
    return before * (1 - high)...before * (1 - low)
  }

  fileprivate var totalsReading: String {
    guard let baseline, let best else {
      return "\(baseline?.name.shortened() ?? "The baseline") takes \(Readable.time(baseline?.policy.time.total ?? 0))."
    }
    let saved = baseline.policy.time.total - best.policy.time.total
    guard saved != 0 else { return "\(best.name.shortened()) takes as long as \(baseline.name.shortened())." }
    let sentence =
      "\(best.name.shortened()) takes \(Readable.time(best.policy.time.total)), "
      + "\(Readable.time(abs(saved))) \(saved < 0 ? "more" : "less") than \(baseline.name.shortened())"
    let after = TimePart.all(of: best.policy.time)
    let gains = TimePart.all(of: baseline.policy.time).map { part in
      (part.label, part.microseconds - (after.first { $0.style == part.style }?.microseconds ?? 0))
    }
    guard saved > 0, let most = gains.max(by: { $0.1 < $1.1 }), most.1 > 0 else { return sentence + "." }
    return sentence + "; most of it is saved in \(most.0) (\(Readable.time(most.1)))."
  }
}
