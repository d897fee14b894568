import Foundation
import RoutingTrace

/// Whether a recording has its experts in the router's order: where every token's ascend by id, somebody sorted them.
struct RouterOrder {
  private var isAscending = true
  /// Natural logarithm of the chance that all tokens so far ascend if their orders are random: of each 1 / topK!.
  private var logChance = 0.0

  /// Chances below this are none: one in a million.
  private static let leastLogChance = -13.8

  /// Whether all tokens' experts ascend, beyond chance.
  var isLost: Bool { isAscending && logChance < Self.leastLogChance }

  /// - Complexity: O(visits) as long as all ascend, then O(1).
  mutating func add(_ step: RoutingStep, topK: Int) {
    guard isAscending, topK > 1 else { return }
    if step.hasDropped { return addPartial(step, topK: topK) }
    for first in stride(from: 0, to: step.experts.count, by: topK) {
      for visit in first + 1..<first + topK where step.experts[visit - 1] > step.experts[visit] {
        isAscending = false
        return
      }
    }
    logChance -= Double(step.experts.count / topK) * (1...topK).reduce(0) { $0 + log(Double($1)) }
  }

  private mutating func addPartial(_ step: RoutingStep, topK: Int) {
    for first in stride(from: 0, to: step.experts.count, by: topK) {
      let kept = step.experts[first..<first + topK].filter { $0 != RoutingStep.dropped }
      guard zip(kept, kept.dropFirst()).allSatisfy({ $0 < $1 }) else {
        isAscending = false
        return
      }
      logChance -= lgamma(Double(kept.count + 1))
    }
  }
}
