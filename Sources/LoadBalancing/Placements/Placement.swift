/// The expert of every slot, layer by layer; layers may differ in their number of slots.
public struct Placement: Equatable, Sendable {
  public let ranks: Int
  public var layers: [LayerPlacement]

  public init(ranks: Int, layers: [LayerPlacement]) {
    self.ranks = ranks
    self.layers = layers
  }

  /// Slots of a rank in the layer that has most.
  public var slotsPerRank: Int { layers.map(\.slotsPerRank).max() ?? 0 }
}

/// The expert of every slot of one layer, and each slot's share of its expert's tokens.
///
/// Slot `s` sits on rank `s / (slots / ranks)`.
public struct LayerPlacement: Sendable {
  public let experts: Int
  public let ranks: Int
  /// `[slots]` expert ids.
  public let physicalToLogical: [Int]
  /// `[slots]` fraction of the slot's expert's tokens that it is planned to take; sums to 1 per expert.
  public let shares: [Double]
  /// `[experts + 1]` where each expert's slots begin in `slotsByExpert`.
  public let firstSlot: [Int]
  /// `[slots]` slots grouped by expert, ascending within each.
  public let slotsByExpert: [Int]
  /// Kept with all copies of the placement.
  let turns = WeightedTurns()

  public var slots: Int { physicalToLogical.count }
  public var slotsPerRank: Int { slots / ranks }

  /// - Parameters:
  ///   - physicalToLogical: `[slots]` expert ids below `experts`; every expert at least once; a multiple of `ranks`.
  ///   - shares: `[slots]`; equal among an expert's slots when nil.
  public init(experts: Int, ranks: Int, physicalToLogical: [Int], shares: [Double]? = nil) {
    precondition(physicalToLogical.count % ranks == 0)
    var firstSlot = Array(repeating: 0, count: experts + 1)
    for expert in physicalToLogical { firstSlot[expert + 1] += 1 }
    for expert in 0..<experts { firstSlot[expert + 1] += firstSlot[expert] }
    var next = firstSlot
    var slotsByExpert = Array(repeating: 0, count: physicalToLogical.count)
    for (slot, expert) in physicalToLogical.enumerated() {
      slotsByExpert[next[expert]] = slot
      next[expert] += 1
    }
    self.experts = experts
    self.ranks = ranks
    self.physicalToLogical = physicalToLogical
    self.shares = shares ?? physicalToLogical.map { 1 / Double(firstSlot[$0 + 1] - firstSlot[$0]) }
    self.firstSlot = firstSlot
    self.slotsByExpert = slotsByExpert
  }

  /// The slots that hold `expert`, ascending.
  public func slots(ofExpert expert: Int) -> ArraySlice<Int> {
    slotsByExpert[positions(ofExpert: expert)]
  }

  /// Where `expert`'s slots are in `slotsByExpert`.
  func positions(ofExpert expert: Int) -> Range<Int> { firstSlot[expert]..<firstSlot[expert + 1] }

  public func rank(ofSlot slot: Int) -> Int { slot / slotsPerRank }

  /// `[ranks]` planned tokens per rank when each expert's load is split by the shares.
  public func rankLoads(of load: ArraySlice<Double>) -> [Double] {
    var loads = Array(repeating: 0.0, count: ranks)
    for (slot, expert) in physicalToLogical.enumerated() {
      loads[rank(ofSlot: slot)] += load[load.startIndex + expert] * shares[slot]
    }
    return loads
  }
}

extension LayerPlacement: Equatable {
  /// Lookup tables follow from the rest; of copies nothing has to be looked at.
  public static func == (one: LayerPlacement, other: LayerPlacement) -> Bool {
    one.turns === other.turns
      || (one.experts, one.ranks) == (other.experts, other.ranks)
        && one.physicalToLogical == other.physicalToLogical && one.shares == other.shares
  }
}
