extension PolicyResult {
  public struct Memory: Codable, Equatable, Sendable {
    /// In the layer that has most.
    public var slotsPerRank: Int
    /// `[layers]`, absent when all layers have the same.
    public var slotsPerRankByLayer: [Int]?
    /// Weights of the slots beyond one per expert, over all layers.
    public var replicaBytesPerRank: Double
    /// Room for the experts that arrive while the old ones serve; absent when the model waits for the moves.
    public var arrivalBytesPerRank: Double?
    /// Slots of the last placement, over all layers, whose rank holds their expert already.
    public var wastedSlots: Int
  }
}

extension PolicyResult.Memory {
  init(_ replay: PolicyReplay) {
    let ranks = replay.shape.ranks
    let slots = replay.rollout.slots
    let expertBytes = replay.machines[0].setting.model.expertBytes
    let redundantSlots = slots.reduce(0) { $0 + $1 - replay.shape.experts }
    let staysBehind = replay.policy.schedule.migration.kind == .overlapped && replay.totals[0].moves.rebalances > 0
    self.init(
      slotsPerRank: (slots.max() ?? 0) / ranks,
      slotsPerRankByLayer: Set(slots).count > 1 ? slots.map { $0 / ranks } : nil,
      replicaBytesPerRank: Double(redundantSlots) * expertBytes / Double(ranks),
      arrivalBytesPerRank: staysBehind ? Double(replay.rollout.largestArrival) * expertBytes : nil,
      wastedSlots: replay.rollout.wastedSlots)
  }
}
