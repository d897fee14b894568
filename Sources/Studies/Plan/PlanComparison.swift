import Foundation
import LoadBalancing
import Replay
import RoutingTrace

/// The new plan beside what it has to compare with, all for one target: `static` and `eplb` in as many slots, and
/// `greedy`, which has no replicas. Each moves from what servers start with in its slots.
struct PlanComparison {
  let job: PlanJob
  let target: ServingTarget
  let sources: TokenSources

  /// - Parameter open: opens the recording's steps; nil where there is a load alone.
  func served(_ plan: Placement, open: (() throws -> any StepSource)?) throws -> ServedPlans {
    let shape = try job.shape()
    var plans = [(name: "plan", placement: plan), ("static", .initial(shape))]
    var starts = [Placement.initial(shape), .initial(shape)]
    let others: [(name: String, planner: any PlacementPlanner)] = [
      ("greedy", GreedyPlanner()), ("eplb", EPLBPlanner(slotBudget: .total(shape.slots))),
    ]
    for (name, planner) in others {
      var other = job
      other.policy = try BalancingPolicy(
        name: name, planner: planner, schedule: RebalanceSchedule(.never), target: target)
      plans.append((name, try other.run().placement))
      starts.append(.initial(try other.shape()))
    }
    return try ServedPlansJob(
      target: target, demand: job.demand, ranks: job.ranks, ranksPerNode: job.ranks / job.nodes, sources: sources,
      open: open, threads: ProcessInfo.processInfo.activeProcessorCount
    ).run(plans, from: starts)
  }
}
