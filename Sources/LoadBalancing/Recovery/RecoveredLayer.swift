/// A layer's placement after ranks have failed.
public struct RecoveredLayer: Equatable, Sendable {
  /// An expert that no rank alive held, and the first slot that holds it from now on.
  public struct Reload: Equatable, Sendable {
    public var expert: Int
    public var slot: Int

    public init(expert: Int, slot: Int) {
      self.expert = expert
      self.slot = slot
    }
  }

  /// `[slots]` experts, in the slots of all ranks; nil on failed ones.
  public let slots: [Int?]
  /// By expert, ascending: what has to come from storage, as no rank alive can send it.
  public let reloaded: [Reload]

  /// - Parameters:
  ///   - slots: `[slots]` experts; nil on failed ranks.
  ///   - old: what was in force.
  init(_ slots: [Int?], after old: LayerPlacement, without failed: FailedRanks) {
    let survivors = Set(old.slots(on: failed.alive).map { old.physicalToLogical[$0] })
    self.slots = slots
    reloaded = (0..<old.experts).compactMap { expert in
      guard !survivors.contains(expert), let slot = slots.firstIndex(of: expert) else { return nil }
      return Reload(expert: expert, slot: slot)
    }
  }
}

extension LayerPlacement {
  /// The slots of some ranks, rank by rank.
  func slots(on ranks: [Int]) -> [Int] { ranks.flatMap { $0 * slotsPerRank..<($0 + 1) * slotsPerRank } }
}
