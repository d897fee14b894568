import Replay
import Studies

/// What a replay comes to, in one sentence about the whole time.
enum ReplayVerdict {
  /// What `screen`'s rule says of the best policy here.
  struct Word {
    /// The verdict's name, a class of the page.
    let style: String
    let word: String
    let why: String
  }

  /// Whether there is a policy to judge, beside the baseline and yardsticks.
  static func isDue(for result: ReplayResult) -> Bool { result.policies.dropFirst().contains(where: \.causal) }

  /// By the same rule as `screen`, of the best policy that does not look ahead. A replay judges it by the steps that it
  /// was chosen by, where `screen` holds half of them back.
  static func word(of result: ReplayResult) -> Word {
    let others = result.policies.dropFirst().filter(\.causal)
    let finding: Finding
    if let best = others.min(by: { $0.time.total < $1.time.total }) {
      finding = Finding(of: best, in: result)
    } else {
      finding = .nothingActed
    }
    return Word(
      style: finding.verdict.rawValue, word: finding.verdict.title,
      why: finding.sentence + ".")
  }

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
    let doubt = priceDoubt(best.improvement).map { " " + $0 } ?? ""
    guard let steady = best.steady else {
      return replayed + ". The replay is too short to say what it gains once its plans serve." + doubt
    }
    let lasting =
      "once its plans serve \(Readable.speed(steady.total, low: steady.totalLow, high: steady.totalHigh))"
      + (steady.totalLow == nil ? " (no interval)" : "")
    return [replayed, lasting, best.breakEven.map(breakEven)].compactMap { $0 }.joined(separator: ", ") + "." + doubt
  }

  /// How often other prices would turn the improvement into its opposite; nil where they never do.
  private static func priceDoubt(_ improvement: PolicyResult.Improvement) -> String? {
    guard let flips = improvement.signFlips, flips > 0 else { return nil }
    let opposite = improvement.total < 0 ? "faster" : "slower"
    return "Within the errors of its prices it is \(opposite) in \(Readable.percent(flips)) of draws."
  }

  private static func breakEven(_ breakEven: PolicyResult.BreakEven) -> String {
    guard let steps = breakEven.steps else { return "and never pays for itself" }
    let about = breakEven.extrapolated == true ? "about " : ""
    return "and pays for itself after \(about)\(Readable.count(steps, "step"))"
  }
}

extension Verdict {
  /// `Do not:`.
  var title: String {
    let words = rawValue.replacing("-", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst() + ":"
  }
}
