import Foundation
import Studies

/// What `advise` prints: which prediction strategy pays off.
public struct AdviceReport: Report {
  let advice: Advice
  /// Whether MoE-GPS's closed model stands beside the replay.
  let showsFormula: Bool

  public init(_ advice: Advice, showsFormula: Bool) {
    self.advice = advice
    self.showsFormula = showsFormula
  }

  public var title: String { "\(advice.trace) on \(advice.cluster)" }

  public var content: ReportContent { .object(advice) }

  public var blocks: [ReportBlock] {
    summary + advice.sweeps.flatMap(blocks) + (showsFormula ? FormulaBlocks.publishedInputs + [.line()] : [])
      + [.paragraph(Self.legend)] + advice.notes.flatMap { [.line(), .paragraph("Note: \($0)")] }
  }

  /// A row for each strategy, batch and link speed.
  public var records: Records {
    get throws {
      try Records(
        advice.sweeps.flatMap { sweep in
          sweep.strategies.map { strategy in
            (
              [
                "batchSize": String(sweep.batchSize), "tokensPerStep": Records.cell(sweep.tokensPerStep),
                "linkSpeed": Records.cell(sweep.linkSpeed), "name": strategy.name,
              ], strategy
            )
          }
        })
    }
  }

  private var summary: [ReportBlock] {
    let overhead = advice.overhead
    let learned = advice.learned.map {
      "learned on the first half, right on the second: most popular \(Readable.percent($0.frequency)), "
        + "given the previous layer's experts \(Readable.percent($0.previousLayer))"
        + ($0.tokenID.map { ", given the token's id \(Readable.percent($0))" } ?? "")
    }
    return [
      .line("\(advice.trace) on \(advice.cluster), model \(advice.model)"),
      .line(
        "skewness \(Readable.number(advice.skewness, decimals: 2)) (max/mean expert load), distribution error ε "
          + (advice.distributionError.map(Readable.percent) ?? "unknown")),
      .line(learned ?? "a trace of counts teaches no token-to-expert predictor"),
      .line(
        "token-to-expert: \(Readable.percent(overhead.freeAccuracy)) right for free, "
          + "\(Readable.number(overhead.microsecondsPerFold, decimals: 2)) us per layer for each e-fold fewer errors"),
      .line(),
    ]
  }

  private static let legend =
    "Each strategy was tried with and without redundant slots, token-to-expert also with a plan for every step, and the "
    + "best of each is shown; a strategy that moved nothing did "
    + "not act and is not ranked. Moves: what the steps did not hide of them. Total: with all of these, as the cluster "
    + "overlaps communication and experts. Gain: of total over none."

  private func blocks(of sweep: Advice.Sweep) -> [ReportBlock] {
    let tokens = Readable.count(Int(sweep.tokensPerStep.rounded()), "token")
    let table = TextTable(
      indent: 2,
      columns: [
        .left("strategy"), .right("slots"), .right("plans"), .right("communication"), .right("experts"),
        .right("attention"),
        .right("moves"), .right("prediction"), .right("total"), .right("gain"),
      ],
      rows: sweep.betterStrategies.map { strategy in
        let name = strategy.accuracy.map { "\(strategy.name) \(Int(($0 * 100).rounded())) %" } ?? strategy.name
        let slots = strategy.redundantSlotsPerRank
        let times = [
          strategy.comm, strategy.experts ?? 0, strategy.attention, strategy.migration, strategy.prediction,
          strategy.total,
        ]
        return [name, slots > 0 ? "+\(slots)" : "0", strategy.interval.map { "every \($0)" } ?? Readable.nothing]
          + times.map(Readable.time)
          + [strategy.hasActed ? Readable.signedPercent(strategy.improvement) : "did not act"]
      })
    return [
      .line("batch × \(sweep.batchSize) (\(tokens) a step), links × " + String(format: "%g", sweep.linkSpeed)),
      .table(table), .line("  " + verdict(of: sweep)),
    ] + (showsFormula ? sweep.formula.map(FormulaBlocks.init)?.blocks ?? [] : []) + [.line()]
  }

  private func verdict(of sweep: Advice.Sweep) -> String {
    guard sweep.hasVerdict else {
      return "no verdict: the steps ended before the first plan of distribution-only, so it ran as none"
    }
    return "best: \(sweep.best), \(Readable.percent(sweep.margin)) ahead of the next strategy"
  }
}
