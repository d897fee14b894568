import PerformanceModel

extension PolicyResult {
  public struct Memory: Codable, Equatable, Sendable {
    /// In the layer that has most.
    public var slotsPerRank: Int
    /// `[layers]`, absent when all layers have the same.
    public var slotsPerRankByLayer: [Int]?
    /// Weights of the slots beyond one per expert, over all MoE layers of the model: those that the trace lacks are taken
    /// to be like the others.
    public var replicaBytesPerRank: Double
    /// All weights that the model's file tells of, replicas included, and with a context the keys and values of the
    /// largest step; see `MemoryAccount`. Absent from results of older versions.
    public var bytesPerRank: Double?
    /// Room for the experts that arrive while the old ones serve, or, once for all layers, for those that an exact
    /// planner fetches; absent when the model waits for the moves.
    public var arrivalBytesPerRank: Double?
    /// Slots of the last placement, over all layers, whose rank holds their expert already.
    public var wastedSlots: Int
  }
}

extension PolicyResult.Memory {
  /// - Parameters:
  ///   - keptTokens: tokens whose keys and values a rank keeps; nil when that is not known.
  ///   - removedExperts: experts of each layer that are pruned or merged away, and kept nowhere.
  init(_ replay: PolicyReplay, keptTokens: Double?, removedExperts: Int = 0) {
    let ranks = replay.shape.ranks
    let slots = replay.rollout.slots
    let model = replay.machines[0].setting.model
    let expertBytes = model.expertBytes
    let modelLayers = Double(model.moeLayers) / Double(slots.count)
    let redundantSlots = slots.reduce(0) { $0 + $1 - replay.shape.experts }
    let staysBehind = replay.policy.schedule.migration.kind == .overlapped && replay.totals[0].moves.rebalances > 0
    // A cache has the room that it has, whatever is kept there.
    let removed = replay.policy.cache == nil ? Double(removedExperts) / Double(ranks) : 0
    let arrivals = replay.arrivalSlots ?? (staysBehind ? replay.rollout.largestArrival : nil)
    self.init(
      slotsPerRank: (slots.max() ?? 0) / ranks,
      slotsPerRankByLayer: Set(slots).count > 1 ? slots.map { $0 / ranks } : nil,
      replicaBytesPerRank: Double(redundantSlots) * modelLayers * expertBytes / Double(ranks),
      bytesPerRank: MemoryAccount(
        model: model, slotsPerRank: replay.slotsPerRank - removed, keptTokens: keptTokens
      ).total,
      arrivalBytesPerRank: arrivals.map { Double($0) * expertBytes },
      wastedSlots: replay.rollout.wastedSlots)
  }
}
