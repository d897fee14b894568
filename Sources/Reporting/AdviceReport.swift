import Foundation
import Studies

/// What `advise` prints for a person.
public enum AdviceReport {
  /// - Parameter showsFormula: whether MoE-GPS's closed model stands beside the replay.
  public static func table(_ advice: Advice, showsFormula: Bool) -> String {
    var lines = [
      "\(advice.trace) on \(advice.cluster), model \(advice.model)",
      "skewness \(number(advice.skewness)) (max/mean expert load), distribution error ε "
        + (advice.distributionError.map { percent($0) } ?? "unknown"),
      advice.learned.map {
        "learned on the first half, right on the second: most popular \(percent($0.frequency)), "
          + "given the previous layer's experts \(percent($0.previousLayer))"
          + ($0.tokenID.map { ", given the token's id \(percent($0))" } ?? "")
      } ?? "a trace of counts teaches no token-to-expert predictor",
      "token-to-expert: \(percent(advice.overhead.freeAccuracy)) right for free, "
        + "\(number(advice.overhead.microsecondsPerFold)) us per layer for each e-fold fewer errors", "",
    ]
    for sweep in advice.sweeps {
      lines.append(
        "batch × \(sweep.batchSize) (\(Readable.count(Int(sweep.tokensPerStep.rounded()), "token")) a step), links × "
          + String(format: "%g", sweep.linkSpeed))
      lines.append("  strategy                  communication     experts   attention  prediction       total   gain")
      for strategy in sweep.strategies {
        let name = strategy.accuracy.map { "\(strategy.name) \(Int(($0 * 100).rounded())) %" } ?? strategy.name
        let times = [strategy.comm, strategy.experts ?? 0, strategy.attention, strategy.prediction, strategy.total]
        lines.append(
          "  " + pad(name, 24) + times.map { leftPad(Readable.time($0), 12) }.joined()
            + leftPad(Readable.signedPercent(strategy.improvement), 9))
      }
      lines.append("  best: \(sweep.best), \(percent(sweep.margin)) ahead of the next strategy")
      if showsFormula, let formula = sweep.formula {
        lines.append(
          "  closed model, per layer and step: none \(Readable.time(formula.none)), distribution-only "
            + "\(Readable.time(formula.distributionOnly)), token-to-expert \(Readable.time(formula.tokenToExpert)) "
            + "at \(percent(formula.accuracy))")
      }
      lines.append("")
    }
    return lines.joined(separator: "\n")
  }

  /// MoE-GPS's published inputs through its closed model.
  public static var publishedInputs: String {
    let inputs = [("MMLU", 1.39, 0.018), ("Alpaca Eval", 1.40, 0.0098), ("SST2", 1.99, 0.16)]
    let rows = inputs.map { name, skewness, error in
      let formula = GPSFormula(
        skewness: skewness, distributionError: error, ranks: 4, attention: 0, experts: 1, wholeTransfer: 1)
      return "  " + pad(name, 14)
        + String(
          format: "%8.2f  %6.2f %%  %10.3f  %13.4f", skewness, error * 100,
          formula.expertGain, formula.exchangedPart)
    }
    return "MoE-GPS's published inputs, 4 ranks\n"
      + "  data set      skewness         ε  expert gain  exchanged part\n" + rows.joined(separator: "\n") + "\n"
  }

  public static func table(_ outcome: TuneJob.Outcome) -> String {
    var lines = [
      "Pareto front of \(outcome.tried) candidates: total time, memory, moves", "",
      "       total     gain  replicas/rank    moved  policy",
    ]
    for candidate in outcome.front {
      lines.append(
        leftPad(Readable.time(candidate.total), 12) + leftPad(Readable.signedPercent(candidate.improvement), 9)
          + leftPad(Readable.bytes(candidate.replicaBytesPerRank), 15)
          + leftPad(Readable.count(candidate.movedExperts), 9) + "  " + candidate.policy)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func number(_ value: Double) -> String { String(format: "%.2f", value) }
  private static func percent(_ fraction: Double) -> String { String(format: "%.1f %%", fraction * 100) }
  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
  private static func leftPad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
