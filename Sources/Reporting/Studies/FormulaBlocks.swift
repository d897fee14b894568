import Studies

/// MoE-GPS's closed model beside the replay.
struct FormulaBlocks {
  let formula: Advice.Formula

  var blocks: [ReportBlock] {
    let inputs = formula.inputs
    let table = TextTable(
      indent: 2, columns: [.left("closed model"), .right("total"), .right("gain")],
      rows: formula.strategies.map { strategy in
        let name = strategy.accuracy.map { "\(strategy.name) \(Int(($0 * 100).rounded())) %" } ?? strategy.name
        return [name, Readable.time(strategy.time), Readable.signedPercent(strategy.improvement)]
      })
    return [
      .line(),
      .line(
        "  closed model, a layer of a step: skewness \(Readable.number(inputs.skewness, decimals: 2)), "
          + "ε \(Readable.percent(inputs.distributionError)), attention \(Readable.time(inputs.attention)), "
          + "experts \(Readable.time(inputs.experts)),"),
      .line("  all activations over one link \(Readable.time(inputs.wholeTransfer))"), .table(table),
      .line("  " + lead),
    ]
  }

  private var lead: String {
    let percent = "\(Int((formula.lead.lead * 100).rounded())) %"
    func cost(_ microseconds: Double?) -> String { microseconds.map(Readable.time) ?? "no cost" }
    return "distribution-only leads by \(percent) from \(cost(formula.lead.longer)) for each e-fold fewer errors "
      + "(token-to-expert \(percent) longer), or \(cost(formula.lead.shorter)) (distribution-only \(percent) shorter)"
  }

  /// MoE-GPS's published inputs through its closed model.
  static var publishedInputs: [ReportBlock] {
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
