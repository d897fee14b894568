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
  ///
  /// A cache is no alternative to having all experts at hand, which is what it is for where they do not fit: it is told
  /// what it costs, and not whether to switch it on. Nor is a policy judged by a time most of which may be interruptions,
  /// that every policy has: they hide what balancing gains.
  static func word(of result: ReplayResult) -> Word {
    guard let best = best(of: result) else { return word(Finding.nothingActed) }
    if let interrupted = result.policies[0].time.interruption {
      return Word(
        style: "cost", word: "When ranks come and go:",
        why: "\(Readable.time(interrupted)) of the time of \(result.policies[0].name) is interruptions, of "
          + "\(best.name) \(Readable.time(best.time.interruption ?? 0)); whether balancing pays is told by the same "
          + "replay without changes.")
    }
    guard let whole = wholeBaseline(of: result, for: best) else { return word(Finding(of: best, in: result)) }
    return Word(style: "cost", word: "What a cache costs:", why: "\(whole.name) has all its experts at hand.")
  }

  private static func word(_ finding: Finding) -> Word {
    Word(style: finding.verdict.rawValue, word: finding.verdict.title, why: finding.sentence + ".")
  }

  /// Of the policies that do not look ahead, without the baseline.
  private static func best(of result: ReplayResult) -> PolicyResult? {
    result.policies.dropFirst().filter(\.causal).min { $0.time.total < $1.time.total }
  }

  /// The baseline where it has all experts at hand and the policy has not; else nil.
  private static func wholeBaseline(of result: ReplayResult, for policy: PolicyResult) -> PolicyResult? {
    result.policies.first.flatMap { $0.cache == nil && policy.cache != nil ? $0 : nil }
  }

  static func sentence(of result: ReplayResult) -> String {
    guard let baseline = result.policies.first, let best = best(of: result) else {
      return "Only the baseline was replayed."
    }
    let others = result.policies.dropFirst().count(where: \.causal)
    let name = others == 1 ? best.name : "\(best.name), the best of \(others),"
    let replayed =
      "\(name) is in total \(Readable.speed(best.improvement.total, than: baseline.name))"
      + " (\(Readable.time(baseline.time.total)) → \(Readable.time(best.time.total)))"
      + ", in communication \(Readable.speed(best.improvement.comm))"
    let doubt = priceDoubt(best.improvement).map { " " + $0 } ?? ""
    if wholeBaseline(of: result, for: best) != nil { return replayed + "." + doubt }
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
