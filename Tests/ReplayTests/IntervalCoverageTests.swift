import Foundation
import Randomness
import Replay
import Testing

/// How often intervals that say 95 % cover what they say, and how often there is none.
@Suite struct IntervalCoverageTests {
  struct Tally {
    var (series, given, inside) = (0, 0, 0)

    /// Of the intervals that were given, and of all series.
    var coverage: Double { Double(inside) / Double(max(1, given)) }
    var givenShare: Double { Double(given) / Double(series) }
    var wrongShare: Double { Double(given - inside) / Double(series) }

    mutating func add(_ interval: ImprovementInterval?, truth: Double) {
      series += 1
      guard let interval else { return }
      given += 1
      inside += interval.range.contains(truth) ? 1 : 0
    }

    static func + (a: Tally, b: Tally) -> Tally {
      var sum = a
      sum.series += b.series
      sum.given += b.given
      sum.inside += b.inside
      return sum
    }
  }

  /// Unit variance, and this correlation of neighbours.
  static func autoregression(_ count: Int, _ correlation: Double, _ generator: inout SeededGenerator) -> [Double] {
    var value = generator.normal()
    let scale = (1 - correlation * correlation).squareRoot()
    return (0..<count).map { _ in
      defer { value = correlation * value + scale * generator.normal() }
      return value
    }
  }

  /// A policy that takes 0.8 of the baseline's mean, each an autoregression of its own, as in the audit that found the
  /// intervals before to be too narrow.
  static func tally(_ count: Int, _ correlation: Double, series: Int) -> Tally {
    var generator = SeededGenerator(seed: UInt64(count), stream: UInt64(correlation * 100))
    var tally = Tally()
    for _ in 0..<series {
      let after = autoregression(count, correlation, &generator).map { 80 + 8 * $0 }
      let before = autoregression(count, correlation, &generator).map { 100 + 5 * $0 }
      tally.add(try? ImprovementInterval(after: after, before: before), truth: 0.2)
    }
    return tally
  }

  static let lengths = [(24, 1000), (49, 1000), (100, 700), (281, 400), (1124, 200)]

  @Test(arguments: [0, 0.6, 0.9])
  func `intervals over autoregressions cover what they say, or are not given`(correlation: Double) {
    var all = Tally()
    for (count, series) in Self.lengths {
      let tally = Self.tally(count, correlation, series: series)
      let comment: Comment = "\(count) steps: \(tally)"
      let effective = Double(count) * (1 - correlation) / (1 + correlation)
      if effective >= ImprovementInterval.leastEffectiveSteps {
        #expect((0.9...0.98).contains(tally.coverage), comment)
        #expect(tally.givenShare > 0.5, comment)
      } else {
        // Some look less alike than they are. They are few, and so are those that mislead.
        #expect(tally.givenShare < 0.25, comment)
      }
      #expect(tally.wrongShare < 0.07, comment)
      all = all + tally
    }
    #expect((0.9...0.98).contains(all.coverage), "\(all)")
  }

  /// Steps of sequences that each cost what they cost as long as they stay, as a decode's do: 16 at a time, for 60 steps
  /// on average.
  @Test func `intervals over steps that share sequences cover where the stay is known`() {
    var generator = SeededGenerator(seed: 4)
    var tally = Tally()
    var unaware = Tally()
    for _ in 0..<300 {
      var levels = (0..<16).map { _ in generator.normal() }
      var left = levels.map { _ in 1 + generator.below(119) }
      let after = (0..<1200).map { _ in
        for place in levels.indices {
          left[place] -= 1
          if left[place] < 0 { (levels[place], left[place]) = (generator.normal(), 1 + generator.below(119)) }
        }
        return 80 + levels.reduce(0, +) + generator.normal()
      }
      let before = Array(repeating: 100.0, count: 1200)
      tally.add(try? ImprovementInterval(after: after, before: before, lasting: 60), truth: 0.2)
      unaware.add(try? ImprovementInterval(after: after, before: before), truth: 0.2)
    }
    #expect((0.9...0.98).contains(tally.coverage), "\(tally)")
    #expect(tally.givenShare > 0.5, "\(tally)")
    #expect(unaware.coverage < tally.coverage + 0.02, "\(unaware)")
  }

  /// Half of a recording against its other half: both have an error, so that the other lies within √2 times the interval.
  @Test(arguments: [0, 0.6])
  func `another recording lies in the interval that is wider by the root of two`(correlation: Double) {
    var generator = SeededGenerator(seed: 11)
    var (long, next, given) = (0, 0, 0)
    for _ in 0..<600 {
      let after = Self.autoregression(400, correlation, &generator).map { 80 + 8 * $0 }
      let before = Array(repeating: 100.0, count: 200)
      guard let first = try? ImprovementInterval(after: Array(after[..<200]), before: before) else { continue }
      let second = 1 - after[200...].reduce(0, +) / before.reduce(0, +)
      given += 1
      long += first.range.contains(second) ? 1 : 0
      next += first.nextRange.contains(second) ? 1 : 0
    }
    #expect(given > 550)
    #expect((0.77...0.9).contains(Double(long) / Double(given)), "\(long) of \(given)")
    #expect((0.91...0.985).contains(Double(next) / Double(given)), "\(next) of \(given)")
  }
}
