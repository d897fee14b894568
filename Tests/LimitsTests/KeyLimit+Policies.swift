extension KeyLimit {
  private static let steps = 1...1_000_000_000
  private static let seeds = 0...Int.max
  private static let slots = 0...65_536
  private static let microseconds = 0...1e9

  static let ofPolicies: [KeyLimit] =
    ofPlanners + ofExactPlanners + ofPredictors + ofSchedules + ofDispatch + ofCaches + [
      KeyLimit(
        .plan, "LoadBalancing/PlanFiles/TensorRTPlan.swift", "num_slots", 1...65_536,
        [
          "num_slots": "$",
          "initial_global_assignments": "{0: [«0»]}",
        ]),
      KeyLimit(
        .plan, "LoadBalancing/PlanFiles/TensorRTPlan.swift", "layer_updates_per_iter", 0...Int.max,
        ["layer_updates_per_iter": "$"]),
    ]

  private static let ofPlanners = [
    KeyLimit(
      .policy, "LoadBalancing/Placements/SlotBudget.swift", "planner.redundantSlots", slots,
      ["planner": "{kind: eplb, redundantSlots: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Placements/SlotBudget.swift", "planner.redundantSlotsPerRank", slots,
      ["planner": "{kind: eplb, redundantSlotsPerRank: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/DuplicateHottestPlanner.swift", "planner.maximumCopies", 1...65_536,
      ["planner": "{kind: duplicate-hottest, redundantSlots: 8, maximumCopies: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/IncrementalPlanner.swift", "planner.maximumMoves", 1...65_536,
      ["planner": "{kind: incremental, redundantSlots: 8, maximumMoves: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/IncrementalPlanner.swift", "planner.balancedness", in: 0...1,
      ["planner": "{kind: incremental, redundantSlots: 8, maximumMoves: 1, balancedness: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/RandomPlanner.swift", "planner.seed", seeds,
      ["planner": "{kind: random, seed: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/FlashPlanner.swift", "planner.depth", 1...64,
      ["planner": "{kind: flashlb, redundantSlots: 8, depth: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/FlashPlanner.swift", "planner.width", 0...64,
      ["planner": "{kind: flashlb, redundantSlots: 8, width: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/FlashPlanner.swift", "planner.threshold.ratio", in: 0...1,
      ["planner": "{kind: flashlb, redundantSlots: 8, threshold: {ratio: $, value: 0.5}}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/FlashPlanner.swift", "planner.threshold.value", in: 0...1,
      ["planner": "{kind: flashlb, redundantSlots: 8, threshold: {ratio: 0.5, value: $}}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/ResilientPlanner.swift", "planner.minimumCopies", 1...1024,
      ["planner": "{kind: resilient, minimumCopies: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/RankCostPlanner.swift", "planner.cost.sameNode", in: 0...1e12,
      ["planner": "{kind: rank-cost, cost: {sameNode: $, otherNode: 1}}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/RankCostPlanner.swift", "planner.cost.otherNode", in: 0...1e12,
      ["planner": "{kind: rank-cost, cost: {sameNode: 1, otherNode: $}}"]),
    KeyLimit(
      .policy, "LoadBalancing/Planning/TensorRTPlanner.swift", "planner.cooccurrence", in: 0.01...1,
      ["planner": "{kind: tensorrt, redundantSlots: 8, cooccurrence: $}"]),
  ]

  private static let ofPredictors = [
    KeyLimit(
      .policy, "LoadBalancing/Prediction/MovingAveragePredictor.swift", "predictor.window", 1...100_000,
      ["predictor": "{kind: moving-average, window: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Prediction/ExponentialPredictor.swift", "predictor.halfLife", in: 0.01...1e6,
      ["predictor": "{kind: exponential, halfLife: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Prediction/HistoricalPredictor.swift", "predictor.steps", of: "`historical`",
      1...1_000_000, ["predictor": "{kind: historical, steps: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Prediction/LearnedPredictor.swift", "predictor.steps", of: "`learned`", 1...1_000_000,
      ["predictor": "{kind: learned, given: nothing, steps: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Prediction/LearnedPredictor.swift", "predictor.overheadMicroseconds",
      of: "`learned`", in: microseconds,
      ["predictor": "{kind: learned, given: nothing, steps: 4, overheadMicroseconds: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Prediction/TokenToExpertPredictor.swift", "predictor.accuracy", in: 0...1,
      ["predictor": "{kind: token-to-expert, accuracy: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Prediction/TokenToExpertPredictor.swift", "predictor.seed", seeds,
      ["predictor": "{kind: token-to-expert, accuracy: 1, seed: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Prediction/TokenToExpertPredictor.swift", "predictor.overheadMicroseconds",
      of: "`token-to-expert`", in: microseconds,
      ["predictor": "{kind: token-to-expert, accuracy: 1, overheadMicroseconds: $}"]),
  ]

  private static let ofSchedules = [
    KeyLimit(
      .policy, "LoadBalancing/Schedules/ScheduleRegistry.swift", "schedule.steps", steps,
      ["schedule": "{kind: every, steps: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/FirstPlan.swift", "schedule.from", 0...steps.upperBound,
      ["predictor": "{kind: oracle}", "schedule": "{kind: every, steps: 4, from: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/ScheduleRegistry.swift", "schedule.at", steps,
      ["schedule": "{kind: once, at: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/ScheduleRegistry.swift", "schedule.balancedness", in: 0...1,
      ["schedule": "{kind: threshold, checkEvery: 4, balancedness: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/ScheduleRegistry.swift", "schedule.checkEvery", steps,
      ["schedule": "{kind: threshold, checkEvery: $, balancedness: 0.5}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/ScheduleRegistry.swift", "schedule.collect", steps,
      ["schedule": "{kind: cycle, collect: $, plan: 1}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/ScheduleRegistry.swift", "schedule.plan", 0...steps.upperBound,
      ["schedule": "{kind: cycle, collect: 1, plan: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/RebalanceSchedule.swift", "schedule.layersPerStep", 1...65_536,
      ["schedule": "{kind: every, steps: 4, layersPerStep: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/RebalanceSchedule.swift", "schedule.minimumGain", in: 0...1,
      ["schedule": "{kind: every, steps: 4, minimumGain: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/RebalanceSchedule.swift", "schedule.planSteps", 0...steps.upperBound,
      ["schedule": "{kind: every, steps: 4, planSteps: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/RebalanceSchedule.swift", "schedule.unlessBalanced", in: 0...1,
      ["schedule": "{kind: every, steps: 4, unlessBalanced: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Schedules/MigrationRule.swift", "schedule.migration.bandwidthShare", in: 0.001...0.999,
      ["schedule": "{kind: every, steps: 4, migration: {kind: overlapped, bandwidthShare: $}}"]),
  ]

  private static let ofDispatch = [
    KeyLimit(
      .policy, "LoadBalancing/Dispatch/OptimalDispatch.swift", "dispatch.overheadMicroseconds", of: "`optimal`",
      in: microseconds, ["dispatch": "{kind: optimal, overheadMicroseconds: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Dispatch/LPDispatch.swift", "dispatch.overheadMicroseconds", of: "`lp`",
      in: microseconds, ["dispatch": "{kind: lp, overheadMicroseconds: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Dispatch/LPDispatch.swift", "dispatch.seed", of: "`lp`", seeds,
      ["dispatch": "{kind: lp, seed: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Dispatch/SGLangStaticDispatch.swift", "dispatch.seed", of: "`sglang-static`", seeds,
      ["dispatch": "{kind: sglang-static, seed: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Dispatch/SGLangDynamicDispatch.swift", "dispatch.seed", of: "`sglang-dynamic`", seeds,
      ["dispatch": "{kind: sglang-dynamic, seed: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Dispatch/AscendFixedDispatch.swift", "dispatch.tensorParallel", 1...65_536,
      ["dispatch": "{kind: ascend-fixed, tensorParallel: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/Dispatch/ActivatedDispatch.swift", "dispatch.overheadMicroseconds", of: "`activated`",
      in: microseconds, ["dispatch": "{kind: activated, overheadMicroseconds: $}"]),
    KeyLimit(
      .policy, "LoadBalancing/SharedExperts/SharedExpertRecipe.swift", "sharedExpert.overheadMicroseconds",
      in: microseconds, ["sharedExpert": "{kind: waterfill, overheadMicroseconds: $}"]),
  ]
}
