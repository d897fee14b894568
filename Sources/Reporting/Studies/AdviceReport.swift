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
    summary + advice.sweeps.flatMap(blocks) + (showsFormula ? Self.publishedInputs : [])
      + advice.notes.map { .paragraph("Note: \($0)") }
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

  private func blocks(of sweep: Advice.Sweep) -> [ReportBlock] {
    let tokens = Readable.count(Int(sweep.tokensPerStep.rounded()), "token")
    let table = TextTable(
      indent: 2,
      columns: [
        .left("strategy"), .right("communication"), .right("experts"), .right("attention"), .right("prediction"),
        .right("total"), .right("gain"),
      ],
      rows: sweep.strategies.map { strategy in
        let name = strategy.accuracy.map { "\(strategy.name) \(Int(($0 * 100).rounded())) %" } ?? strategy.name
        let times = [strategy.comm, strategy.experts ?? 0, strategy.attention, strategy.prediction, strategy.total]
        return [name] + times.map(Readable.time) + [Readable.signedPercent(strategy.improvement)]
      })
    var blocks: [ReportBlock] = [
      .line("batch × \(sweep.batchSize) (\(tokens) a step), links × " + String(format: "%g", sweep.linkSpeed)),
      .table(table),
      .line("  best: \(sweep.best), \(Readable.percent(sweep.margin)) ahead of the next strategy"),
    ]
    if showsFormula, let formula = sweep.formula {
      blocks.append(
        .line(
          "  closed model, per layer and step: none \(Readable.time(formula.none)), distribution-only "
            + "\(Readable.time(formula.distributionOnly)), token-to-expert \(Readable.time(formula.tokenToExpert)) "
            + "at \(Readable.percent(formula.accuracy))"))
    }
    return blocks + [.line()]
  }

  /// MoE-GPS's published inputs through its closed model.
  private static var publishedInputs: [ReportBlock] {
    let inputs = [("MMLU", 1.39, 0.018), ("Alpaca Eval", 1.40, 0.0098), ("SST2", 1.99, 0.16)]
    let table = TextTable(
      indent: 2,
      columns: [
        .left("data set"), .right("skewness"), .right("ε"), .right("expert gain"), .right("exchanged part"),
      ],
      rows: inputs.map { name, skewness, error in
        let formula = GPSFormula(
          skewness: skewness, distributionError: error, ranks: 4, attention: 0, experts: 1, wholeTransfer: 1)
        return [
          name, Readable.number(skewness, decimals: 2), "\(Readable.number(error * 100, decimals: 2)) %",
          Readable.number(formula.expertGain, decimals: 3), Readable.number(formula.exchangedPart, decimals: 3),
        ]
      })
    return [.line("MoE-GPS's published inputs, 4 ranks"), .table(table)]
  }
}
