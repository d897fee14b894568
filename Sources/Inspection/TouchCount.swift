import Diagnostics
import Parallelism
import RoutingTrace

/// How many of a number of equal parts of a layer's experts a token's experts are on: ranks or nodes, experts placed in
/// order.
struct TouchCount: Sendable {
  let parts: Int
  /// Over tokens and layers.
  private(set) var sum: UInt64 = 0
  private(set) var most = 0

  init(parts: Int) { self.parts = parts }

  /// - Precondition: `parts` divides `experts`, and the step was validated.
  mutating func add(_ step: RoutingStep, experts: Int, topK: Int, threads: Int = 1) {
    if step.hasDropped { return addPartial(step, size: experts / parts, topK: topK) }
    let size = UInt32(experts / parts)
    let bits = (0..<UInt32(experts)).map { UInt64(1) << UInt64($0 / size) }
    let (ids, parts) = (step.experts, parts)
    let counted = Guarded((sum: 0, most: 0))
    (0..<ids.count / topK).inParts(operations: ids.count, threads: threads) { tokens in
      let (sum, most) = Self.touched(tokens, ids.span, topK: topK, parts: parts, size: size, bits: bits.span)
      counted.withLock { $0 = ($0.sum + sum, max($0.most, most)) }
    }
    let (sum, most) = counted.withLock { $0 }
    self.sum &+= UInt64(sum)
    self.most = max(self.most, most)
  }

  /// Of some tokens, parts of each added up, and the most.
  ///
  /// - Parameters:
  ///   - size: experts of a part.
  ///   - bits: `[experts]` the bit of an expert's part, up to 64 parts.
  private static func touched(
    _ tokens: Range<Int>, _ ids: Span<UInt16>, topK: Int, parts: Int, size: UInt32, bits: Span<UInt64>
  ) -> (sum: Int, most: Int) {
    var (sum, most) = (0, 0)
    for token in stride(from: tokens.lowerBound * topK, to: tokens.upperBound * topK, by: topK) {
      var touched = 0
      if parts <= 64 {
        var mask: UInt64 = 0
        for i in token..<token &+ topK { mask |= bits[Int(ids[i])] }
        touched = mask.nonzeroBitCount
      } else {
        for i in token..<token &+ topK {
          let part = UInt32(ids[i]) / size
          var isNew = 1
          for j in token..<i where UInt32(ids[j]) / size == part { isNew = 0 }
          touched &+= isNew
        }
      }
      sum &+= touched
      most = max(most, touched)
    }
    return (sum, most)
  }

  /// Of a step with dropped visits.
  private mutating func addPartial(_ step: RoutingStep, size: Int, topK: Int) {
    for token in stride(from: 0, to: step.experts.count, by: topK) {
      let kept = step.experts[token..<token + topK].filter { $0 != RoutingStep.dropped }
      let touched = Set(kept.map { Int($0) / size }).count
      sum &+= UInt64(touched)
      most = max(most, touched)
    }
  }
}
