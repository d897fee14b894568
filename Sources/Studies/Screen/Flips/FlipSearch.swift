import Foundation
import PerformanceModel
import Replay

/// What would turn the choice's gain from worthwhile to not, or the other way.
struct FlipSearch {
  let setting: ReplaySetting
  let series: SteadySeries
  /// The steady gain as it is.
  let gain: Double
  /// Whether the verdict is for the choice, or is none and the gain looks worthwhile.
  let isFor: Bool

  /// The gain that is to be crossed: where it turns to a loss, or becomes worthwhile.
  var threshold: Double { isFor ? 0 : VerdictRule.leastWorthwhile }

  /// Of each cause the nearest, and the nearest of these first.
  func flips(_ trials: [Screening.Trial]) -> [Screening.Flip] {
    let priced = [
      priced(.links, \.onLinks, now: linkBandwidth), priced(.memoryBandwidth, \.onMemory, now: memoryBandwidth),
    ].compactMap(\.self)
    let replayed = [turned(.batch, in: trials), turned(.skew, in: trials)].compactMap(\.self)
    return (priced + replayed).sorted { abs(log($0.factor)) < abs(log($1.factor)) }
  }

  private func priced(
    _ cause: Screening.Flip.Cause, _ part: (PricedSteps) -> Double, now: Double?
  ) -> Screening.Flip? {
    let pricing = PricedFlip(series, threshold: threshold)
    return pricing.factor(part).map { factor in
      Screening.Flip(
        cause: cause, factor: factor, value: now.map { $0 * factor },
        gain: pricing.gain(part, timesFaster: factor))
    }
  }

  /// The trial nearest to what is that lies on the other side. What was fitted counts only where its twin lies on the
  /// recording's side.
  private func turned(_ cause: Screening.Flip.Cause, in trials: [Screening.Trial]) -> Screening.Flip? {
    let trials = trials.filter { $0.cause == cause }
    if let twin = trials.first(where: { $0.factor == 1 }), isTurned(twin.gain) { return nil }
    let nearest = trials.filter { isTurned($0.gain) }.min { abs(log($0.factor)) < abs(log($1.factor)) }
    return nearest.map { Screening.Flip(cause: cause, factor: $0.factor, value: $0.value, gain: $0.gain) }
  }

  private func isTurned(_ other: Double) -> Bool {
    (gain > threshold) != (other > threshold)
  }

  /// GB/s of the links that the group's widest level has, one way.
  private var linkBandwidth: Double? {
    let cluster = setting.cluster
    return (cluster.nodes > 1 ? cluster.scaleOut : cluster.scaleUp).map { $0.dispatchBandwidth / 1e3 }
  }

  private var memoryBandwidth: Double? { setting.cluster.gpu.map { $0.hbm / 1e3 } }
}
