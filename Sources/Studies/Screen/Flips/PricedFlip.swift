/// Where other prices turn a gain, with plans and arrivals as they were.
///
/// Of a step's time a part goes with 1/f, f being how many times as fast something is, and the rest stays. So does the
/// distance from a gain of τ, policy − (1 − τ) · baseline, whose zero is the factor sought.
package struct PricedFlip {
  /// Factors beyond these are no machine's.
  private static let range = 1.0 / 64...64.0

  private let series: SteadySeries
  private let threshold: Double

  /// - Parameter threshold: the gain that is to be crossed.
  package init(_ series: SteadySeries, threshold: Double) {
    self.series = series
    self.threshold = threshold
  }

  private func distance(_ value: (PricedSteps) -> Double) -> Double {
    let (after, before) = series.priced
    return value(after) - (1 - threshold) * value(before)
  }

  /// How many times as fast what takes `part` has to be for the gain to be the threshold; nil if it never is.
  package func factor(_ part: (PricedSteps) -> Double) -> Double? {
    let scaled = distance(part)
    let rest = distance(\.total) - scaled
    guard scaled != 0, rest != 0 else { return nil }
    let factor = -scaled / rest
    return Self.range.contains(factor) ? factor : nil
  }

  /// The gain with what takes `part` so many times as fast.
  package func gain(_ part: (PricedSteps) -> Double, timesFaster factor: Double) -> Double {
    let (after, before) = series.priced
    func total(_ steps: PricedSteps) -> Double { steps.total + (1 / factor - 1) * part(steps) }
    return 1 - total(after) / total(before)
  }
}

extension PricedSteps {
  /// What goes with the speed of the links.
  package var onLinks: Double { communication.rate + moves }
  /// What goes with the bandwidth of the GPUs' memory.
  package var onMemory: Double { memory.rate }
}
