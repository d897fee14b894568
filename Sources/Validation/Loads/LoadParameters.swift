import Diagnostics
import LoadBalancing
import Randomness

/// What a row says of its load, and the loads that this allows.
///
/// As AIConfigurator's collector makes them, with seeds of our own: rows that differ in ranks or placement alone share
/// their draws of weights.
package struct LoadParameters: Hashable, Sendable {
  private let distribution: LoadDistribution
  private let experts: Int
  private let topK: Int
  /// Of the whole group.
  private let tokens: Int
  private let ranks: Int
  private let nodes: Int
  private let slots: Int
  /// Whether the slots are filled and placed by the load itself (DeepSeek's EPLB), rather than in contiguous blocks.
  private let isPlanned: Bool

  /// - Parameters:
  ///   - experts: a multiple of `ranks` unless planned.
  ///   - tokens: of the whole group.
  ///   - slots: one per expert when nil; else a multiple of `ranks`, filled and placed by the load.
  package init(
    _ distribution: LoadDistribution, experts: Int, topK: Int, tokens: Int, ranks: Int, nodes: Int = 1,
    plannedSlots slots: Int? = nil
  ) {
    self.distribution = distribution
    self.experts = experts
    self.topK = topK
    self.tokens = tokens
    self.ranks = ranks
    self.nodes = nodes
    self.slots = slots ?? experts
    isPlanned = slots != nil
  }

  private static let seed: UInt64 = 0

  /// One load for a distribution that leaves nothing to chance, else `count`.
  ///
  /// - Throws: `InputError` without a place when the slots cannot be planned.
  package func loads(count: Int) throws -> [DrawnLoad] {
    switch distribution {
    case .uniform: []
    case .balanced: [BalancedRows(experts: experts, topK: topK, tokens: tokens).load(ranks: ranks, nodes: nodes)]
    case .powerLaw(let exponent):
      try (0..<count).map { draw in
        var generator = generator(draw: draw)
        let visits = PowerLawVisits(experts: experts, topK: topK, tokens: tokens, exponent: exponent)
          .draw(from: &generator)
        return ColumnLayout(slotVisits: try slotVisits(of: visits), tokens: tokens).load(ranks: ranks, nodes: nodes)
      }
    case .sampled(let exponent):
      (0..<count).map { draw in
        var generator = generator(draw: draw)
        return SampledRows(experts: experts, topK: topK, tokens: tokens, exponent: exponent)
          .load(ranks: ranks, nodes: nodes, from: &generator)
      }
    }
  }

  /// `[slots]` visits, those of an expert spread over its slots.
  private func slotVisits(of visits: [Int]) throws -> [Int] {
    guard isPlanned else { return visits }
    let shape = PlacementShape(layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: slots)
    let load = ExpertLoad(layers: 1, experts: experts, values: visits.map(Double.init))
    let placement = try EPLBPlanner(slotBudget: .total(slots)).plan(PlanningContext(load: load, shape: shape)).layers[0]
    return (0..<slots).map { slot in
      let expert = placement.physicalToLogical[slot]
      let replicas = placement.slots(ofExpert: expert)
      let place = (replicas.firstIndex(of: slot) ?? replicas.startIndex) - replicas.startIndex
      return (visits[expert] + replicas.count - 1 - place) / replicas.count
    }
  }

  /// FNV-1a over what the weights depend on, and the number of the draw.
  private func generator(draw: Int) -> SeededGenerator {
    let exponent: Double
    switch distribution {
    case .uniform, .balanced: exponent = 0
    case .powerLaw(let value), .sampled(let value): exponent = value
    }
    let parts = [exponent.bitPattern, UInt64(experts), UInt64(topK), UInt64(tokens), UInt64(draw)]
    let stream = parts.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ $1) &* 0x100_0000_01B3 }
    return SeededGenerator(seed: Self.seed, stream: stream)
  }
}
