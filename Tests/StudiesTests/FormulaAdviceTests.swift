import Foundation
import Studies
import TestTraces
import Testing

/// MoE-GPS's headline in its closed model: distribution-only ahead of token-to-expert by 23 %.
@Suite struct FormulaAdviceTests {
  private static let inputs = GPSFormula(
    skewness: 1.39, distributionError: 0.018, ranks: 4, attention: 80, experts: 800, wholeTransfer: 40)

  /// The best time of token-to-expert over the grid, written out.
  private func best(costPerFold cost: Double, free: Double) -> Double {
    AdviceJob.accuracies.map { accuracy in
      let overhead = accuracy > free ? cost * log((1 - free) / (1 - accuracy)) : 0
      return 80 + (2 - accuracy) * 800 + 3.0 / 16 * 40 + overhead
    }.min() ?? 0
  }

  @Test(arguments: [1.05, 1.23, 1 / 0.77])
  func `at the cost per fold token-to-expert takes just as long, and less below it`(times: Double) throws {
    let target = times * Self.inputs.distributionOnly
    let cost = try #require(
      Self.inputs.microsecondsPerFold(
        tokenToExpertTakes: target, grid: AdviceJob.accuracies, freeAccuracy: 0.31))
    #expect(abs(best(costPerFold: cost, free: 0.31) - target) < 1e-6)
    #expect(best(costPerFold: cost * 0.99, free: 0.31) < target - 0.1)
  }

  @Test func `where guessing for free is fast enough no cost is`() {
    let cost = Self.inputs.microsecondsPerFold(
      tokenToExpertTakes: 2000, grid: AdviceJob.accuracies, freeAccuracy: 0.31)
    #expect(cost == nil)
  }

  @Test func `what a paper states takes the place of what was measured`() throws {
    let trace = SmallTrace(tokens: 200)
    func formula(_ published: PublishedInputs, steps: Int = 24) throws -> Advice.Formula? {
      let setting = try Fixture.setting(trace)
      let trace = trace.prefix(steps)
      return try AdviceJob(
        header: trace.header, machine: setting.machine, model: setting.model, linkSpeeds: [1], microsecondsPerFold: 5,
        redundantSlotsPerRank: 1, interval: 4, published: published, threads: 2, open: { trace.source() }
      ).run(surveying: trace.source()).sweeps[0].formula
    }
    let measured = try #require(try formula(PublishedInputs()))
    let published = try #require(try formula(PublishedInputs(skewness: 1.39, distributionError: 0.018)))
    #expect(measured.inputs.skewness != 1.39)
    #expect(published.inputs.skewness == 1.39 && published.inputs.distributionError == 0.018)
    #expect(published.inputs.experts == measured.inputs.experts)
    #expect(published.strategies.map(\.name).prefix(3) == ["none", "distribution-only", "token-to-expert"])
    #expect(published.strategies.count == 2 + AdviceJob.accuracies.count)
    #expect(published.strategies[1].time == published.distributionOnly)
    #expect(published.strategies.dropFirst(2).map(\.time).min() == published.tokenToExpert)
    // A trace that ends before the first plan has no ε of its own.
    #expect(try formula(PublishedInputs(), steps: 3) == nil)
    #expect(try formula(PublishedInputs(distributionError: 0.018), steps: 3) != nil)
  }
}
