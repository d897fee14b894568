import Diagnostics
import Files
import LoadBalancing

extension WrittenPlan {
  /// The plan in a file that any of the systems in `PlanFormats` uses.
  ///
  /// - Throws: `InputError`: missing, or not such a plan, saying what was expected.
  public init(reading path: String) throws(InputError) {
    self = try PlanFormats.plan(in: try readWhole(path), name: path)
  }
}
