import Files
import Foundation
import LoadBalancing

extension BalancingPolicy {
  /// What runs today: a policy as `init(named:)` takes it, or a plan in a file that any of the systems in `PlanFormats`
  /// uses, deployed with the model and never changed.
  ///
  /// - Throws: as `init(named:)`; `InputError` for a `.json` or `.npz` file that is no plan.
  public init(inForce name: String) throws {
    let isArchive = [".json", ".npz"].contains { name.hasSuffix($0) }
    let isPlan = isArchive || FileManager.default.fileExists(atPath: name) && (try? WrittenPlan(reading: name)) != nil
    guard isPlan else {
      try self.init(named: name)
      return
    }
    let plan = try WrittenPlan(reading: name)
    let dispatch: DispatchRecipe = plan.shares == nil ? EvenDispatch.init : WeightedDispatch.init
    try self.init(
      name: name, planner: FixedPlanner(plan), schedule: RebalanceSchedule(.initial), dispatch: dispatch)
  }
}
