import Foundation

/// A 95 % interval for an improvement 1 − (Σ policy + once) / Σ baseline over steps that resemble their neighbours.
///
/// To first order the improvement's error is the mean of dᵢ = policyᵢ − (1 − gain) · baselineᵢ over the mean of the
/// baseline: what is common to both cancels out, and what is paid once is a constant without an error. The mean's
/// variance is the largest of three estimates: of the means of blocks, of a flat-top window, and of an autoregression
/// (see `SerialCorrelation`). Blocks are as long as Politis and White have it, or as what is known to last: steps under
/// one plan, or with the same sequences, are one draw, however many there are. The interval takes Student's t with as
/// many degrees of freedom as there are blocks, less one.
package struct ImprovementInterval: Equatable, Sendable {
  /// 1 − (Σ policy + once) / Σ baseline.
  package let gain: Double
  /// The interval is gain ± this.
  package let halfWidth: Double
  /// Independent steps that would tell as much: steps · variance of a step / steps · variance of the mean.
  package let effectiveSteps: Double
  /// Steps in a block, and blocks.
  package let blockLength: Int
  package let blocks: Int

  /// Of the improvement in the long run.
  package var range: ClosedRange<Double> { gain - halfWidth...gain + halfWidth }
  /// Of the improvement in another recording of as many steps, whose own error is as large.
  package var nextRange: ClosedRange<Double> {
    let width = halfWidth * 2.0.squareRoot()
    return gain - width...gain + width
  }

  /// Why there is no interval.
  package enum Refusal: Error, Equatable {
    case noBaseline
    /// Steps that are too few to tell how alike neighbours are.
    case fewSteps(Int)
    /// What lasts for so many of the steps would leave fewer than two blocks.
    case fewBlocks(steps: Int, lasting: Int)
    case fewEffectiveSteps(Double, of: Int)

    /// A sentence part.
    package var reason: String {
      switch self {
      case .noBaseline: "the baseline takes no time"
      case .fewSteps(let steps): "\(steps) steps are too few to tell how alike neighbours are"
      case .fewBlocks(let steps, let lasting):
        "\(steps) steps are less than two stretches of \(lasting), for which a plan or the sequences of a batch last"
      case .fewEffectiveSteps(_, let steps):
        "\(steps) steps, so much alike, tell less than \(Int(ImprovementInterval.leastEffectiveSteps)) independent ones"
      }
    }
  }

  /// Effective steps that an interval needs.
  package static let leastEffectiveSteps = 10.0

  /// - Parameters:
  ///   - after: `[steps]` microseconds, without what is paid once.
  ///   - before: `[steps]` microseconds of the baseline.
  ///   - once: microseconds that the policy pays once.
  ///   - lasting: steps for which what matters is known to last: the interval between plans, a sequence's stay.
  ///   - recorded: steps of the recording, if the steps are several passes through it: the passes of a step are one.
  package init(
    after: [Double], before: [Double], once: Double = 0, lasting: Int = 1, recorded: Int? = nil,
    confidence: Double = 0.95
  ) throws(Refusal) {
    precondition(after.count == before.count && lasting >= 1)
    let sum = before.reduce(0, +)
    guard sum > 0 else { throw .noBaseline }
    let gain = 1 - (after.reduce(0, +) + once) / sum
    let differences = Self.folded(zip(after, before).map { $0 - (1 - gain) * $1 }, every: recorded ?? after.count)
    let steps = differences.count
    guard Double(steps) >= Self.leastEffectiveSteps else { throw .fewSteps(steps) }
    let series = SerialCorrelation(of: differences)
    let length = max(series.blockLength, lasting)
    let count = steps / length
    guard count >= 2 else { throw .fewBlocks(steps: steps, lasting: length) }
    let variance = max(
      Self.blockVariance(differences, blocks: count), series.longRunVariance, series.autoregressiveVariance)
    let effective = variance > 0 ? min(1, series.variance / variance) * Double(steps) : Double(steps)
    guard effective >= Self.leastEffectiveSteps else { throw .fewEffectiveSteps(effective, of: steps) }
    let quantile = StudentDistribution(degreesOfFreedom: Double(count - 1)).quantile(twoSided: confidence)
    self.gain = gain
    halfWidth = quantile * (variance / Double(steps)).squareRoot() / (sum / Double(before.count))
    effectiveSteps = effective
    blockLength = length
    blocks = count
  }

  /// The mean over passes of each step of a recording that is passed through again and again; `values` may begin
  /// anywhere in it.
  private static func folded(_ values: [Double], every period: Int) -> [Double] {
    guard period < values.count else { return values }
    return (0..<period).map { start in
      let same = stride(from: start, to: values.count, by: period)
      return same.reduce(0) { $0 + values[$1] } / Double((values.count - start + period - 1) / period)
    }
  }

  /// n times the variance of the mean, from the sums of blocks of about the same length.
  private static func blockVariance(_ values: [Double], blocks: Int) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    var squares = 0.0
    for block in 0..<blocks {
      let range = block * values.count / blocks..<(block + 1) * values.count / blocks
      let sum = values[range].reduce(0) { $0 + $1 - mean }
      squares += sum * sum
    }
    return squares * Double(blocks) / Double(blocks - 1) / Double(values.count)
  }
}
