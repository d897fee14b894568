import RoutingTrace

/// The part of a workload's visits that goes to its hot experts.
public struct HotShare: Sendable {
  /// Hot experts of a layer.
  public let experts: Int
  /// `[layers][experts]`.
  private let isHot: [Bool]
  private let perLayer: Int
  private var hotVisits: UInt64 = 0
  private var visits: UInt64 = 0

  /// Nil where no line parts hot experts from others, or they change with time.
  public init?(of workload: Workload) {
    let shape = WorkloadShape(experts: workload.experts, topK: workload.topK, layers: workload.layers)
    let hot = (0..<workload.layers).compactMap { layer in
      BasePopularity(popularity: workload.popularity, shape: shape, layer: layer, seed: workload.seed).hotExperts()
    }
    guard workload.time is Steady, hot.count == workload.layers else { return nil }
    experts = hot[0].count
    perLayer = workload.experts
    var isHot = [Bool](repeating: false, count: workload.layers * workload.experts)
    for (layer, experts) in hot.enumerated() {
      for expert in experts { isHot[layer * workload.experts + expert] = true }
    }
    self.isHot = isHot
  }

  public mutating func count(_ step: RoutingStep) {
    let visitsPerLayer = step.experts.count * perLayer / isHot.count
    for (index, expert) in step.experts.enumerated() {
      if step.hasDropped, expert == RoutingStep.dropped { continue }
      if isHot[index / visitsPerLayer * perLayer + Int(expert)] { hotVisits += 1 }
    }
    for (index, count) in step.counts.enumerated() where isHot[index] { hotVisits += count }
    visits += UInt64(step.experts.count - step.droppedVisits) + step.counts.reduce(0, +)
  }

  /// Of all visits counted; nil without one.
  public var value: Double? { visits > 0 ? Double(hotVisits) / Double(visits) : nil }
}
