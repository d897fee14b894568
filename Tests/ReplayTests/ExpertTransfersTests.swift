import LoadBalancing
import Replay
import Testing

@Suite struct ExpertTransfersTests {
  static func placement(_ slots: [Int], experts: Int, ranks: Int) -> Placement {
    Placement(ranks: ranks, layers: [LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: slots)])
  }

  @Test func samePlacementMovesNothing() {
    let placement = Self.placement([0, 1, 2, 3], experts: 4, ranks: 2)
    let transfers = ExpertTransfers(from: placement, to: placement, ranksPerNode: 2)
    #expect(transfers.count == 0)
    #expect(transfers.experts.allSatisfy { $0 == 0 })
  }

  @Test func reorderingWithinARankMovesNothing() {
    let old = Self.placement([0, 1, 2, 3], experts: 4, ranks: 2)
    let new = Self.placement([1, 0, 3, 2], experts: 4, ranks: 2)
    #expect(ExpertTransfers(from: old, to: new, ranksPerNode: 2).count == 0)
  }

  @Test func aNewReplicaComesFromTheOwnNodeIfItCan() {
    // Four ranks on two nodes; expert 0 lives on ranks 0 and 3, and rank 2 wants it.
    let old = Self.placement([0, 1, 2, 0], experts: 3, ranks: 4)
    let new = Self.placement([0, 1, 0, 2], experts: 3, ranks: 4)
    let transfers = ExpertTransfers(from: old, to: new, ranksPerNode: 2)
    #expect(transfers.count == 2)
    #expect(transfers.experts[3 * 4 + 2] == 1)
    #expect(transfers.experts[2 * 4 + 3] == 1)
  }

  @Test func severalHoldersShareTheSending() {
    let old = Self.placement([0, 0, 1, 2], experts: 3, ranks: 4)
    let new = Self.placement([1, 2, 0, 0], experts: 3, ranks: 4)
    let transfers = ExpertTransfers(from: old, to: new, ranksPerNode: 4)
    #expect(transfers.experts[0 * 4 + 2] == 1)
    #expect(transfers.experts[1 * 4 + 3] == 1)
  }

  @Test func twoSlotsOfOneExpertOnARankAreFetchedOnce() {
    let old = Self.placement([0, 0, 1, 1], experts: 2, ranks: 2)
    let new = Self.placement([1, 1, 0, 0], experts: 2, ranks: 2)
    #expect(ExpertTransfers(from: old, to: new, ranksPerNode: 2).count == 2)
  }
}
