/// What intervals go by besides the times of steps.
package struct IntervalBasis {
  /// Steps for which what matters is known to last: under one plan, or with the same sequences.
  package let lasting: Int
  /// Steps of the recording, however often it was replayed.
  package let recorded: Int

  package init(lasting: Int, recorded: Int) {
    self.lasting = lasting
    self.recorded = recorded
  }

  /// Microseconds by which the sum of what a policy saves in these steps is uncertain, either way, at 95 %.
  ///
  /// - Parameter values: `[steps]` times.
  func doubt(
    of time: TimeTotals, over baseline: TimeTotals, _ values: KeyPath<TimeTotals, [Double]>, in steps: Range<Int>
  ) throws(ImprovementInterval.Refusal) -> Double {
    let before = Array(baseline[keyPath: values][steps])
    let interval = try ImprovementInterval(
      after: Array(time[keyPath: values][steps]), before: before, lasting: lasting, recorded: recorded)
    return interval.halfWidth * before.reduce(0, +)
  }
}
