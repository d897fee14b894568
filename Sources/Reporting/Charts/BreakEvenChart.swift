import Charts
import Replay

extension ResultChart {
  /// Time saved up to each step, over the baseline.
  static let breakEven = ResultChart(
    "break-even", "Time saved so far", missing: needsDetails + " The baseline alone saves nothing."
  ) { charted in
    guard let details = charted.details, let before = charted.baseline?.details?.steps.total, !before.isEmpty else {
      return nil
    }
    let curves = charted.others.compactMap { policy in
      policy.details.map { (policy, charted.saved(from: before, to: $0.steps.total)) }
    }
    guard !curves.isEmpty else { return nil }
    let plot = Plot(
      x: Axis(positions: "steps that are over", count: before.count, each: details.stepsPerBin),
      y: Axis("saved against \(charted.result.baseline.shortened())", .time, curves.flatMap(\.1), fromZero: true))
    var marks = plot.rule(at: 0)
    for (policy, saved) in curves {
      let ends = charted.binEnds(before.count)
      marks += plot.line(
        policy.series, [(0, 0)] + zip(ends, saved).map { (x: Double($0), y: $1) }, values: saved, .time)
      if let even = policy.policy.breakEven, let steps = even.steps, steps <= charted.result.trace.steps {
        marks += plot.dot(
          policy.series, at: (Double(steps), 0), title: "\(policy.name): paid for itself after \(steps) steps")
      }
    }
    let reading = charted.breakEvenReading
    return Drawing(
      reading: reading,
      panels: [
        .init(
          picture: plot.svg(
            label: "Time saved so far. \(reading)",
            cursor: Cursor("step", count: before.count, each: details.stepsPerBin), marks))
      ], notes: ["Marks on the line of 0: the policy has paid for itself, and stays ahead."])
  }
}

extension ChartedResult {
  /// Steps that are over at the end of each bin.
  fileprivate func binEnds(_ bins: Int) -> [Int] {
    let each = details?.stepsPerBin ?? 1
    return (1...bins).map { min($0 * each, result.trace.steps) }
  }

  /// `[bins]` microseconds saved up to the end of each.
  fileprivate func saved(from before: [Double], to after: [Double]) -> [Double] {
    let ends = binEnds(before.count)
    var sum = 0.0
    return before.indices.map { bin in
      sum += (before[bin] - after[bin]) * Double(ends[bin] - (bin > 0 ? ends[bin - 1] : 0))
      return sum
    }
  }

  fileprivate var breakEvenReading: String {
    guard let best else { return "No policy that does not look ahead was replayed." }
    guard let even = best.policy.breakEven else {
      return "Nothing can be said of when \(best.name.shortened()) pays for itself."
    }
    guard let steps = even.steps, let seconds = even.seconds else {
      return "\(best.name.shortened()) never pays for itself."
    }
    let about = even.extrapolated == true ? "about " : ""
    return "\(best.name.shortened()) pays for itself after \(about)\(Readable.count(steps, "step")), "
      + "\(Readable.time(seconds * 1e6))."
  }
}
