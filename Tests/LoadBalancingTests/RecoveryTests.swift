import Diagnostics
import LoadBalancing
import Randomness
import Testing

@Suite struct RecoveryTests {
  private static let load = ExpertLoad(layers: 1, experts: 4, values: [9, 4, 3, 2])
  private static let shape = PlacementShape(layers: 1, experts: 4, ranks: 3, nodes: 1, groups: 1, slots: 6)
  private static let placement = Placement(
    ranks: 3, layers: [LayerPlacement(experts: 4, ranks: 3, physicalToLogical: [0, 1, 1, 2, 0, 3])])

  private static func recovered(_ rule: some RecoveryRule, without failed: Set<Int>) throws -> RecoveredLayer {
    try rule.recovered(
      from: placement, without: FailedRanks(failed, of: 3), load: load, shape: shape)[0]
  }

  @Test func replannedRanksHoldEPLBsPlanAndFailedOnesNothing() throws {
    let layer = try Self.recovered(ReplanRecovery(), without: [1])
    var narrow = Self.shape
    (narrow.ranks, narrow.slots) = (2, 4)
    let alive = try EPLBPlanner(slotBudget: .total(4)).plan(PlanningContext(load: Self.load, shape: narrow))
    let map = alive.layers[0].physicalToLogical
    #expect(layer.slots == [map[0], map[1], nil, nil, map[2], map[3]])
    #expect(layer.reloaded == [.init(expert: 2, slot: try #require(layer.slots.firstIndex(of: 2)))])
  }

  @Test func withoutFailuresReplanIsEPLBAndPatchChangesNothing() throws {
    let all = try EPLBPlanner(slotBudget: .total(6)).plan(PlanningContext(load: Self.load, shape: Self.shape))
    let replanned = try Self.recovered(ReplanRecovery(), without: [])
    #expect(replanned.slots == all.layers[0].physicalToLogical.map(Optional.some))
    let patched = try Self.recovered(PatchRecovery(), without: [])
    #expect(patched.slots == Self.placement.layers[0].physicalToLogical.map(Optional.some))
    #expect(replanned.reloaded.isEmpty && patched.reloaded.isEmpty)
  }

  /// Groups stay on their nodes only while all ranks are alive.
  @Test func replanIsGlobalOnceARankHasFailed() throws {
    let load = ExpertLoad(layers: 1, experts: 8, values: [90, 80, 70, 60, 4, 3, 2, 1])
    let shape = PlacementShape(layers: 1, experts: 8, ranks: 4, nodes: 2, groups: 2, slots: 16)
    let old = Placement.contiguous(shape)
    func recovered(_ failed: Set<Int>) throws -> [Int] {
      try ReplanRecovery().recovered(from: old, without: FailedRanks(failed, of: 4), load: load, shape: shape)[0]
        .slots.compactMap(\.self)
    }
    func planned(_ change: (inout PlacementShape) -> Void) throws -> [Int] {
      var narrow = shape
      change(&narrow)
      return try EPLBPlanner(slotBudget: .total(narrow.slots)).plan(PlanningContext(load: load, shape: narrow))
        .layers[0].physicalToLogical
    }
    #expect(try recovered([]) == planned { _ in })
    #expect(try recovered([1, 2]) == planned { ($0.ranks, $0.slots, $0.nodes, $0.groups) = (2, 8, 1, 1) })
    #expect(try recovered([1, 2]) != planned { ($0.ranks, $0.slots) = (2, 8) })
  }

  /// 4 ranks × 3 slots 0 1 2 · 3 0 4 · 5 · · (dead) · 1 2 0: the slot of expert 0 on rank 0 takes the lost one.
  @Test func patchTakesTheSlotOfTheMostCopiedExpert() throws {
    let old = LayerPlacement(experts: 6, ranks: 4, physicalToLogical: [0, 1, 2, 3, 0, 4, 5, 5, 5, 1, 2, 0])
    let shape = PlacementShape(layers: 1, experts: 6, ranks: 4, nodes: 1, groups: 1, slots: 12)
    let layer = try PatchRecovery().recovered(
      from: Placement(ranks: 4, layers: [old]), without: FailedRanks([2], of: 4),
      load: ExpertLoad(zeroFor: 1, experts: 6), shape: shape)[0]
    #expect(layer.slots == [5, 1, 2, 3, 0, 4, nil, nil, nil, 1, 2, 0])
    #expect(layer.reloaded == [.init(expert: 5, slot: 0)])
  }

  /// On random placements and failures: either rule keeps every expert, loads those that were lost, and `patch` changes
  /// no other slot alive.
  @Test func bothRulesKeepAllExpertsAndPatchMovesOnlyLostOnes() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<400 {
      let ranks = 2 + generator.below(9)
      let slots = ranks * (1 + generator.below(6))
      let experts = 1 + generator.below(slots)
      let old = LayerPlacement(
        experts: experts, ranks: ranks,
        physicalToLogical: (0..<slots).map { $0 < experts ? $0 : generator.below(experts) })
      let failed = try FailedRanks(Set((0..<ranks).filter { _ in generator.below(3) == 0 }), of: ranks)
      let load = ExpertLoad(
        layers: 1, experts: experts, values: (0..<experts).map { _ in Double(generator.below(100)) })
      let shape = PlacementShape(layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: slots)
      for entry in Recoveries.registry.entries {
        func recover() throws -> RecoveredLayer {
          try entry.item.recovered(
            from: Placement(ranks: ranks, layers: [old]), without: failed, load: load, shape: shape)[0]
        }
        guard failed.alive.count * old.slotsPerRank >= experts else {
          #expect(throws: InputError.self, "\(entry.name)") { try recover() }
          continue
        }
        let layer = try recover()
        let isAlive = (0..<slots).map { failed.alive.contains(old.rank(ofSlot: $0)) }
        #expect(zip(layer.slots, isAlive).allSatisfy { ($0 != nil) == $1 }, "\(entry.name)")
        #expect(Set(layer.slots.compactMap(\.self)) == Set(0..<experts), "\(entry.name)")
        let survivors = Set((0..<slots).filter { isAlive[$0] }.map { old.physicalToLogical[$0] })
        #expect(layer.reloaded.map(\.expert) == (0..<experts).filter { !survivors.contains($0) }, "\(entry.name)")
        #expect(layer.reloaded.allSatisfy { layer.slots[$0.slot] == $0.expert }, "\(entry.name)")
        guard entry.name == "patch" else { continue }
        let changed = (0..<slots).filter { isAlive[$0] && layer.slots[$0] != old.physicalToLogical[$0] }
        #expect(changed == layer.reloaded.map(\.slot).sorted())
      }
    }
  }

  @Test(arguments: Recoveries.registry.names) func tooFewSlotsAliveAreRefused(name: String) throws {
    let rule = try Recoveries.registry.named(name)
    func message(_ failed: Set<Int>) -> String? {
      #expect(throws: InputError.self) {
        try rule.recovered(
          from: Self.placement, without: FailedRanks(failed, of: 3), load: Self.load, shape: Self.shape)
      }?.description
    }
    #expect(
      message([0, 2]) == "2 slots on the ranks alive cannot hold 4 experts; 4 slots on each would do")
    #expect(message([0, 1, 2]) == "0 slots on the ranks alive cannot hold 4 experts")
  }

  @Test func ranksThatAreNoneCannotFail() {
    let error = #expect(throws: InputError.self) { try FailedRanks([1, 3], of: 3) }
    #expect(error?.description == "rank 3 cannot fail, expected 0…2")
  }
}
