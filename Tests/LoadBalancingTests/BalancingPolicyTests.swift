import Diagnostics
import LoadBalancing
import Testing

@Suite struct BalancingPolicyTests {
  private func policy(_ text: String, file: String = "") throws -> BalancingPolicy {
    try BalancingPolicy(settings: Settings(parsing: text, name: "p.yaml")) {
      try PlanFormats.plan(in: Array(file.utf8), name: $0)
    }
  }

  private let valid = """
    name: mine
    predictor: {kind: moving-average, window: 64}
    planner: {kind: eplb, redundantSlots: 32}
    schedule: {kind: every, steps: 64, migration: overlapped}
    dispatch: {kind: nearest}
    """

  @Test func readsTheFourParts() throws {
    let policy = try policy(valid)
    #expect(policy.name == "mine")
    #expect(policy.schedule == RebalanceSchedule(.every(steps: 64), migration: .overlapped))
    #expect(policy.isCausal)
    #expect(try policy.slots(experts: 256, ranks: 32) == 288)
    #expect(policy.makeDispatch() is NearestDispatch)
    #expect(policy.makePredictor(layers: 2, experts: 4) is MovingAveragePredictor)
  }

  @Test("How experts move is a word or a section")
  func migration() throws {
    let section = "{kind: overlapped, bandwidth: 14 GB/s, onBusy: replace}"
    let policy = try policy(valid.replacing("overlapped", with: section))
    #expect(policy.schedule.migration == MigrationRule(.overlapped, bandwidth: 14_000, onBusy: .replace))
  }

  @Test(arguments: [
    ("window: 64", "window: 0", "p.yaml: line 2: predictor.window: 0 is outside 1…100000"),
    ("window: 64", "windw: 64", "predictor.windw: unknown key; did you mean 'window'?"),
    ("moving-average", "moving-averge", "did you mean 'moving-average'?"),
    ("eplb,", "epbl,", "p.yaml: line 3: planner.kind: unknown 'epbl'; did you mean 'eplb'?"),
    ("redundantSlots", "redundantSlot", "expected redundantSlots or redundantSlotsPerRank"),
    ("redundantSlots: 32", "redundantSlots: -1", "p.yaml: line 3: planner.redundantSlots: -1 is outside"),
    ("{kind: eplb, redundantSlots: 32}", "{kind: greedy, redundantSlots: 32}", "planner.redundantSlots: unknown key"),
    ("{kind: eplb, redundantSlots: 32}", "{kind: eplb, redundantSlots: 8, redundantSlotsPerRank: 1}", "keep one"),
    ("every", "evry", "p.yaml: line 4: schedule.kind: unknown 'evry'; did you mean 'every'?"),
    ("every, steps: 64", "initial", "needs a predictor that knows something"),
    ("steps: 64", "steps: 64, from: 0", "needs a predictor that knows something"),
    ("overlapped", "overlaped", "p.yaml: line 4: schedule.migration: unknown 'overlaped'; did you mean 'overlapped'?"),
    ("overlapped", "{kind: blocking, bandwidthShare: 0.5}", "migration.bandwidthShare: the model waits for blocking"),
    ("overlapped", "{kind: overlapped, bandwidth: 14 GB/s, bandwidthShare: 0.5}", "a share of each link or"),
    ("overlapped", "{kind: overlapped, bandwidth: 14 GB}", "'14 GB' is a size, expected a bandwidth"),
    ("overlapped", "{kind: overlapped, bandwidthShare: 1}", "bandwidthShare: 1.0 is outside 0.001…0.999"),
    ("overlapped", "{kind: overlapped, onBusy: drop}", "schedule.migration.onBusy: unknown 'drop'"),
    ("overlapped", "{kind: overlapped, onBussy: wait}", "did you mean 'onBusy'?"),
    ("kind: nearest", "kind: nearst", "p.yaml: line 5: dispatch.kind: unknown 'nearst'; did you mean 'nearest'?"),
    ("dispatch:", "dispach:", "dispach: unknown key; did you mean 'dispatch'?"),
    ("predictor: {kind: moving-average, window: 64}\n", "", "predictor: missing"),
    ("name: mine\n", "name: mine\nnmae: x\n", "p.yaml: line 2: nmae: unknown key; did you mean 'name'?"),
  ]) func saysWhatIsWrongAndWhere(part: String, replacement: String, message: String) throws {
    let text = valid.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
    #expect(text.count == 2)
    #expect { try policy(text.joined(separator: replacement)) } throws: { "\($0)".contains(message) }
  }

  @Test func anInitialScheduleTakesAnOracleOrAFixedPlan() throws {
    let oracle = """
      name: o
      predictor: {kind: oracle}
      planner: {kind: greedy}
      schedule: {kind: initial}
      dispatch: {kind: even}
      """
    #expect(try !policy(oracle).isCausal)
    let fixed = """
      name: f
      planner: {kind: fixed, file: plan.json}
      schedule: {kind: initial}
      dispatch: {kind: even}
      """
    let policy = try policy(fixed, file: #"{"physicalToLogical": [[0,1,2,0]]}"#)
    #expect(try policy.slots(experts: 3, ranks: 2) == 4)
    #expect(policy.isCausal)
  }

  private func historical(_ predictor: String) throws -> BalancingPolicy {
    let text = """
      name: h
      predictor: \(predictor)
      planner: {kind: greedy}
      schedule: {kind: initial}
      dispatch: {kind: even}
      """
    return try BalancingPolicy(
      settings: Settings(parsing: text, name: "h.yaml"),
      loadHistory: { _ in
        ExpertLoad(layers: 1, experts: 4, values: [1, 2, 3, 4])
      })
  }

  @Test func aHistoricalPredictorHasToFitTheTrace() throws {
    let policy = try historical("{kind: historical, file: other.moetrace}")
    try policy.checkFits(layers: 1, experts: 4)
    #expect(policy.makePredictor(layers: 1, experts: 4).predict()?.values == [1, 2, 3, 4])
    #expect { try policy.checkFits(layers: 1, experts: 8) } throws: {
      "\($0)" == "other.moetrace: 1 layers of 4 experts, but the trace has 1 of 8"
    }
  }

  @Test(arguments: [
    ("{kind: historical, steps: 3}", "needs a predictor that knows something"),
    ("{kind: historical}", "expected either file"), ("{kind: historical, file: x, steps: 3}", "expected either file"),
    ("{kind: token-to-expert, accuracy: 1.2}", "predictor.accuracy: 1.2 is outside 0.0…1.0"),
    ("{kind: exponential, halfLife: 0}", "predictor.halfLife: 0.0 is outside"),
  ]) func saysWhatIsWrongWithAPredictor(predictor: String, message: String) {
    #expect { try historical(predictor) } throws: { "\($0)".contains(message) }
  }

  @Test(arguments: [
    (SlotBudget.redundant(32), 256, 32, 288), (.redundantPerRank(1), 256, 32, 288), (.onePerExpert, 64, 8, 64),
    (.total(8), 6, 4, 8), (.redundantPerRank(1), 60, 8, 72), (.onePerExpert, 48, 36, 72), (.onePerExpert, 8, 12, 12),
  ]) func slotsFollowTheBudget(budget: SlotBudget, experts: Int, ranks: Int, slots: Int) throws {
    #expect(try budget.slots(experts: experts, ranks: ranks) == slots)
  }

  @Test(arguments: [
    (SlotBudget.redundant(30), "286 slots do not divide over 32 ranks; the nearest that do: 288 (32 redundant)"),
    (.total(257), "257 slots do not divide over 32 ranks; the nearest that do: 256 (0 redundant)"),
    (.total(128), "128 slots cannot hold 256 experts; the least is 256"),
    (.redundant(65536), "65792 slots per layer, expected at most 65536"),
  ]) func slotsThatDoNotFitNameTheNearestThatDo(budget: SlotBudget, message: String) {
    #expect { try budget.slots(experts: 256, ranks: 32) } throws: {
      ($0 as? InputError)?.message == message && ($0 as? InputError)?.status == .usage
    }
  }

  @Test func theBaselineMakesNoReplicas() throws {
    var policy = BalancingPolicy.static
    #expect(policy.name == "static" && policy.schedule.kind == .never)
    #expect(policy.makePredictor(layers: 1, experts: 1).predict() == nil)
    policy.slotBudget = .total(72)
    #expect { try policy.slots(experts: 64, ranks: 8) } throws: { "\($0)".contains("makes no replicas") }
  }
}
