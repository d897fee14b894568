import Foundation
import Randomness

/// A 95 % interval for an improvement 1 − Σ after / Σ before over steps, which resemble their neighbours.
///
/// Circular block bootstrap (Politis and Romano 1992): the steps are drawn with replacement in blocks of consecutive
/// ones, the same steps for both policies, so that what is common to both cancels out. The block length is n^(1/3)
/// rounded up, the optimal order for a variance (Hall, Horowitz and Jing, "On blocking rules for the bootstrap with
/// dependent data", Biometrika 1995). Percentile interval of 1000 samples.
package struct BlockBootstrap {
  private static let samples = 1000
  private let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  /// - Parameters:
  ///   - after: `[steps]` times.
  ///   - before: `[steps]` times of the baseline.
  /// - Returns: nil with fewer than two steps, or if the baseline takes no time.
  /// - Complexity: O(steps + 1000 · steps^(2/3)).
  package func interval(after: [Double], before: [Double]) -> ClosedRange<Double>? {
    let steps = min(after.count, before.count)
    guard steps > 1, before.reduce(0, +) > 0 else { return nil }
    let length = Int(pow(Double(steps), 1.0 / 3).rounded(.up))
    let blocks = (steps + length - 1) / length
    let blocksAfter = circularSums(after, length)
    let blocksBefore = circularSums(before, length)
    var generator = SeededGenerator(seed: seed)
    var improvements: [Double] = []
    improvements.reserveCapacity(Self.samples)
    for _ in 0..<Self.samples {
      var sumAfter = 0.0
      var sumBefore = 0.0
      for _ in 0..<blocks {
        let start = generator.below(steps)
        sumAfter += blocksAfter[start]
        sumBefore += blocksBefore[start]
      }
      improvements.append(sumBefore > 0 ? 1 - sumAfter / sumBefore : 0)
    }
    improvements.sort()
    return improvements[Self.samples / 40]...improvements[Self.samples - 1 - Self.samples / 40]
  }

  /// `[steps]` the sum of the `length` values from each step on, round the end.
  private func circularSums(_ values: [Double], _ length: Int) -> [Double] {
    values.indices.map { start in
      (start..<start + length).reduce(0) { $0 + values[$1 % values.count] }
    }
  }
}
