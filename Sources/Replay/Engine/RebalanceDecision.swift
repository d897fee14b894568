import Diagnostics
import Foundation
import LoadBalancing

/// What a policy decided when a plan was due, and why; or what came of it later.
struct RebalanceDecision: Sendable {
  enum What: Sendable {
    /// No plan: ranks have been even enough (`unlessBalanced`).
    case balanced(to: Double, enough: Double)
    /// No plan yet: one is on its way, or being made.
    case waits(layersUnderway: Int)
    /// No plan: nothing is known of the load yet.
    case knowsNothing
    /// No plan: the placement in force is predicted to be even enough (`threshold`).
    case evenEnough(Double)
    /// The plan is dropped (`minimumGain`).
    case gainsTooLittle(from: Double, to: Double, least: Double)
    /// The plan is taken; what ranks are predicted to be balanced to before and after.
    case planned(from: Double, to: Double, readyAfter: Int)
    /// Experts are sent while links are idle, which takes so long of their time.
    case sends(experts: Int, dropped: Int, expertBytes: Double, microseconds: Double)
    /// The model waits for experts.
    case waitsFor(experts: Int, expertBytes: Double, layers: Int, microseconds: Double)
    /// The last plan is in force in all layers.
    case serves
  }

  /// Steps that were over.
  let step: Int
  let what: What
}

extension PolicyReplay {
  /// Keeps a decision, if anybody listens.
  func decided(_ what: @autoclosure () -> RebalanceDecision.What, afterStep step: Int) {
    if decisions != nil { decisions?.append(RebalanceDecision(step: step, what: what())) }
  }

  func tellService(afterStep step: Int, wasUnderway: Bool) {
    let begins = decisions?.last.map { last in
      guard last.step == step else { return false }
      switch last.what {
      case .planned: return step == 0
      case .sends, .waitsFor: return true
      default: return false
      }
    }
    if wasUnderway || begins == true, !rollout.isUnderway { decided(.serves, afterStep: step) }
  }

  /// What ranks are balanced to under a load, mean over max, over all layers.
  func predicted(_ placement: Placement, _ load: ExpertLoad) -> Double {
    RebalanceSchedule.balancedness(of: placement, load)
  }
}

extension RebalanceDecision {
  /// Tells what was decided since the last call, in the order of steps, then of policies.
  static func tell(of replays: [PolicyReplay]) {
    let all = replays.enumerated().flatMap { place, replay in
      (replay.decisions ?? []).map { (decision: $0, place: place, replay: replay) }
    }
    for (decision, _, replay) in all.sorted(by: { ($0.decision.step, $0.place) < ($1.decision.step, $1.place) }) {
      Log.tell(
        "step \(decision.step), \(replay.policy.name) on \(replay.setting.cluster.name): \(decision.what.sentence)",
        decision.what.metadata.merging([
          "step": "\(decision.step)", "policy": replay.policy.name, "cluster": replay.setting.cluster.name,
        ]) { first, _ in first })
    }
    for replay in replays { replay.decisions = [] }
  }
}

extension RebalanceDecision.What {
  var sentence: String {
    switch self {
    case .balanced(let value, let enough):
      "no plan: ranks were balanced to \(ratio(value)) since the last, above unlessBalanced \(ratio(enough))"
    case .waits(let layers):
      "no plan yet: " + (layers > 0 ? "\(layers) layers wait for the last one's experts" : "the last is being made")
    case .knowsNothing: "no plan: nothing is known of the load yet"
    case .evenEnough(let value):
      "no plan: ranks are predicted to be balanced to \(ratio(value)), which the threshold lets be"
    case .gainsTooLittle(let before, let after, let least):
      "plan dropped: predicted balance \(ratio(before)) → \(ratio(after)), which is less than minimumGain \(ratio(least))"
    case .planned(let before, let after, let ready):
      "plan, predicted balance \(ratio(before)) → \(ratio(after)), ready after step \(ready)"
    case .sends(let experts, let dropped, let bytes, let time):
      "sends \(moved(experts, bytes)) while links are idle, \(milliseconds(time)) of their time"
        + (dropped > 0 ? "; \(dropped) of the last plan are dropped" : "")
    case .waitsFor(let experts, let bytes, let layers, let time):
      "waits \(milliseconds(time)) for \(moved(experts, bytes)) in \(layers) layers"
    case .serves: "the plan is in force in all layers"
    }
  }

  var metadata: [String: String] {
    switch self {
    case .balanced(let value, let enough): ["gate": "unlessBalanced", "balance": "\(value)", "limit": "\(enough)"]
    case .waits(let layers): ["gate": "underway", "layers": "\(layers)"]
    case .knowsNothing: ["gate": "prediction"]
    case .evenEnough(let value): ["gate": "threshold", "balance": "\(value)"]
    case .gainsTooLittle(let before, let after, let least):
      ["gate": "minimumGain", "before": "\(before)", "after": "\(after)", "limit": "\(least)"]
    case .planned(let before, let after, let ready):
      ["before": "\(before)", "after": "\(after)", "ready": "\(ready)"]
    case .sends(let experts, let dropped, let bytes, let time):
      Self.moved(experts, bytes, time).merging(["dropped": "\(dropped)"]) { first, _ in first }
    case .waitsFor(let experts, let bytes, let layers, let time):
      Self.moved(experts, bytes, time).merging(["layers": "\(layers)"]) { first, _ in first }
    case .serves: ["serves": "all"]
    }
  }

  private static func moved(_ experts: Int, _ expertBytes: Double, _ time: Double) -> [String: String] {
    ["experts": "\(experts)", "bytes": "\(Double(experts) * expertBytes)", "microseconds": "\(time)"]
  }

  private func ratio(_ value: Double) -> String { String(format: "%.3f", value) }
  private func milliseconds(_ microseconds: Double) -> String { String(format: "%.3f ms", microseconds / 1e3) }
  private func moved(_ experts: Int, _ expertBytes: Double) -> String {
    "\(experts) experts (" + String(format: "%.3f GB)", Double(experts) * expertBytes / 1e9)
  }
}
