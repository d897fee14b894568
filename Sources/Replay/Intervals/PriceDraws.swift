import Foundation
import PerformanceModel
import Randomness

/// By what factors the prices of a machine are off: one for the fixed part of each kernel, one for its rate.
package struct PriceFactors: Equatable, Sendable {
  package struct Kernel: Equatable, Sendable {
    package var fixed: Double
    package var rate: Double

    package init(fixed: Double, rate: Double) {
      self.fixed = fixed
      self.rate = rate
    }
  }

  package var communication: Kernel
  package var experts: Kernel

  package init(communication: Kernel, experts: Kernel) {
    self.communication = communication
    self.experts = experts
  }
}

/// Prices as they may really be, drawn again and again: log-normal factors whose median is 1 and whose logarithms
/// deviate by what measurements say (`PriceUncertainty`).
///
/// A draw holds for the baseline, every policy, layer and step: a price that is wrong is wrong all day. Plans and arrivals
/// stay as they were.
package struct PriceDraws: Sendable {
  package let factors: [PriceFactors]

  package static let count = 200
  /// Draws that a 95 % range leaves out on either side.
  private static let outside = count / 40
  private static let stream: UInt64 = 0x9B1C_E5 << 40

  package init(_ uncertainty: PriceUncertainty, seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: Self.stream)
    // Always in the same order, so that what one part's width is does not change another's draws.
    func draw(_ width: Double?) -> Double { exp((width ?? PriceError.widest) * generator.normal()) }
    func draw(_ error: PriceError) -> PriceFactors.Kernel { .init(fixed: draw(error.fixed), rate: draw(error.rate)) }
    factors = (0..<Self.count).map { _ in
      PriceFactors(communication: draw(uncertainty.communication), experts: draw(uncertainty.experts))
    }
  }

  /// Nil where every price is by definition.
  init?(on setting: ReplaySetting, seed: UInt64) {
    guard !setting.allToAll.isDefinition || setting.compute != nil else { return nil }
    self.init(setting.uncertainty, seed: seed)
  }

  /// Between which 95 % of the draws leave a figure.
  package func range(of figure: (PriceFactors) -> Double) -> ClosedRange<Double> {
    let sorted = factors.map(figure).sorted()
    return sorted[Self.outside]...sorted[sorted.count - 1 - Self.outside]
  }

  /// The part of the draws in which a figure has another sign than `nominal`.
  package func flips(of figure: (PriceFactors) -> Double, from nominal: Double) -> Double {
    Double(factors.count { figure($0) * nominal < 0 }) / Double(factors.count)
  }
}

extension PolicyResult.Improvement {
  /// Ranges of both improvements; none of one whose baseline takes no time.
  mutating func add(_ prices: PriceDraws, of time: TimeTotals, over baseline: TimeTotals) {
    if baseline.comm > 0 {
      let range = prices.range { 1 - time.comm(at: $0) / baseline.comm(at: $0) }
      (commPriceLow, commPriceHigh) = (range.lowerBound, range.upperBound)
    }
    guard baseline.total > 0 else { return }
    let improvement = { (factors: PriceFactors) in 1 - time.total(at: factors) / baseline.total(at: factors) }
    let range = prices.range(of: improvement)
    (totalPriceLow, totalPriceHigh) = (range.lowerBound, range.upperBound)
    signFlips = prices.flips(of: improvement, from: total)
  }
}
