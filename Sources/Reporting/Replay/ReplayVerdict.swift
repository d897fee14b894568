import Replay

/// What a replay comes to, in one sentence about the whole time.
enum ReplayVerdict {
  static func sentence(of result: ReplayResult) -> String {
    let others = result.policies.dropFirst().filter(\.causal)
    guard let baseline = result.policies.first, let best = others.min(by: { $0.time.total < $1.time.total }) else {
      return "Only the baseline was replayed."
    }
    let isOne = others.count == 1
    let name = isOne ? best.name : "\(best.name), the best of \(others.count),"
    let replayed =
      "\(name) is in total \(Readable.speed(best.improvement.total, than: baseline.name))"
      + " (\(Readable.time(baseline.time.total)) → \(Readable.time(best.time.total)))"
      + ", in communication \(Readable.speed(best.improvement.comm))"
    guard let steady = best.steady else {
      return replayed + ". The replay is too short to say what it gains once its plans serve."
    }
    let lasting = "once its plans serve \(Readable.speed(steady.total, low: steady.totalLow, high: steady.totalHigh))"
    return [replayed, lasting, best.breakEven.map(breakEven)].compactMap { $0 }.joined(separator: ", ") + "."
  }

  private static func breakEven(_ breakEven: PolicyResult.BreakEven) -> String {
    guard let steps = breakEven.steps else { return "and never pays for itself" }
    let about = breakEven.extrapolated == true ? "about " : ""
    return "and pays for itself after \(about)\(Readable.count(steps, "step"))"
  }
}
