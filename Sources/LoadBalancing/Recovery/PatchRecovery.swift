import Diagnostics

/// vLLM's fault-tolerant redistribution: only experts that were lost get a slot, that of a replica; all else stays.
///
/// Slots whose expert has other copies alive are taken in turn from each rank, on a rank those of the experts with most
/// copies first, as long as the expert keeps a copy. What is taken is reloaded from storage. The load is not looked at.
///
/// Where the ranks alive have as many slots as there are experts there is always such a slot, so that the original's error
/// for lack of redundancy cannot come up.
///
/// Source: vllm-project/vllm, vllm/distributed/elastic_ep/ft_eplb_redistribute.py at 39f4a52d.
///
/// - Complexity: O(slots · log slots) per layer.
public struct PatchRecovery: RecoveryRule {
  public init() {}

  public var keepsSlots: Bool { true }

  public func recovered(
    from placement: Placement, without failed: FailedRanks, load: ExpertLoad, shape: PlacementShape
  ) throws(InputError) -> [RecoveredLayer] {
    var layers: [RecoveredLayer] = []
    for old in placement.layers {
      try failed.requireRoom(slotsPerRank: old.slotsPerRank, experts: old.experts)
      layers.append(RecoveredLayer(Self.patched(old, failed.alive), after: old, without: failed))
    }
    return layers
  }

  private static func patched(_ old: LayerPlacement, _ alive: [Int]) -> [Int?] {
    var slots = [Int?](repeating: nil, count: old.slots)
    var copies = Array(repeating: 0, count: old.experts)
    for slot in old.slots(on: alive) {
      slots[slot] = old.physicalToLogical[slot]
      copies[old.physicalToLogical[slot]] += 1
    }
    var donors = donors(of: old, alive, copies)[...]
    for expert in copies.indices where copies[expert] == 0 {
      while let slot = donors.popFirst() {
        let donor = old.physicalToLogical[slot]
        guard copies[donor] > 1 else { continue }
        copies[donor] -= 1
        slots[slot] = expert
        break
      }
    }
    return slots
  }

  /// Slots of experts with more than one copy: the first of every rank, the second of every rank, and so on.
  private static func donors(of old: LayerPlacement, _ alive: [Int], _ copies: [Int]) -> [Int] {
    let perRank = alive.map { rank in
      old.slots(on: [rank]).filter { copies[old.physicalToLogical[$0]] > 1 }
        .sorted { (copies[old.physicalToLogical[$0]], $0) > (copies[old.physicalToLogical[$1]], $1) }
    }
    return (0..<old.slotsPerRank).flatMap { place in perRank.compactMap { place < $0.count ? $0[place] : nil } }
  }
}
