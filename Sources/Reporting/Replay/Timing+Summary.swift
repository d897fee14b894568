import Foundation
import Replay

extension ReplayJob.Timing {
  /// One line of wall-clock measurements, which are no part of the result.
  public var summary: String {
    let rate = seconds > 0 ? Double(tokenLayers) / seconds / 1e6 : 0
    let planners = plannersByPolicy.filter { $0.seconds > 0 }
      .map { "\($0.policy) \(Readable.time($0.seconds * 1e6))" }.joined(separator: ", ")
    return "Replayed in \(Readable.time(seconds * 1e6)): \(String(format: "%.1f", rate)) M token-layers/s"
      + (planners.isEmpty ? "" : "; planning took \(planners)")
  }

  /// On all machines together, in the order of the policies.
  private var plannersByPolicy: [(policy: String, seconds: Double)] {
    plannerSeconds.reduce(into: []) { sums, planner in
      if let place = sums.firstIndex(where: { $0.policy == planner.policy }) {
        sums[place].seconds += planner.seconds
      } else {
        sums.append(planner)
      }
    }
  }
}
