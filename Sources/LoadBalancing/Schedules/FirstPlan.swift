import Diagnostics

extension Settings {
  /// Steps before the first plan, key `from`: a number, or a part of those between plans such as `1/4`, of which whole
  /// steps count and one at least, as vLLM and ATOM begin (eplb_state.py, eplb.py); nil without the key.
  ///
  /// - Parameter steps: between plans.
  func firstPlan(ofEvery steps: Int) throws(InputError) -> Int? {
    guard let text = try optionalString("from"), text.contains("/") else {
      return try optionalInteger("from", in: 0...Schedules.steps.upperBound)
    }
    let terms = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard terms.count == 2, terms[0] > 0, terms[0] <= terms[1], terms[1] <= Schedules.steps.upperBound else {
      throw error("'\(text)', expected a number of steps, or a part of those between plans such as 1/4", at: "from")
    }
    return max(1, steps * terms[0] / terms[1])
  }
}
