import Foundation
import Replay

extension ReplayJob.Timing {
  /// One line of wall-clock measurements, which are no part of the result.
  public var summary: String {
    let rate = seconds > 0 ? Double(tokenLayers) / seconds / 1e6 : 0
    let planners = plannerSeconds.filter { $0.seconds > 0 }
      .map { "\($0.policy) \(Readable.time($0.seconds * 1e6))" }.joined(separator: ", ")
    return "Replayed in \(Readable.time(seconds * 1e6)): \(String(format: "%.1f", rate)) M token-layers/s"
      + (planners.isEmpty ? "" : "; planning took \(planners)")
  }
}
