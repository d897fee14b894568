import Studies

/// What `advise --accumulate` prints: batches of growing size, and from which on the link is hidden.
public struct AccumulationReport: Report {
  let result: Accumulation

  public init(_ result: Accumulation) { self.result = result }

  public var title: String { "Accumulated batches: \(result.trace) on one GPU of \(result.cluster)" }

  public var content: ReportContent { .object(result) }

  public var blocks: [ReportBlock] {
    let titles = [
      "Tokens", "Experts", "Of one", "Fewest", "Link ms", "GPU ms", "CPU ms", "Pass ms", "Bound by", "Tokens/s",
      "If even", "Host GB", "GPU GB",
    ]
    let table = TextTable(
      style: .ruled, columns: titles.map { $0 == "Bound by" ? .left($0) : .right($0) },
      rows: result.accumulate.map { batch in
        [
          Readable.significant(batch.tokens), Readable.number(batch.coverage, decimals: 1),
          Readable.significant(batch.tokensPerExpert.mean), Readable.significant(batch.tokensPerExpert.min),
          Readable.significant(batch.link / 1e3), Readable.significant(batch.gpu / 1e3),
          Readable.significant(batch.cpu / 1e3), Readable.significant(batch.time / 1e3), batch.boundBy,
          Readable.significant(batch.tokensPerSecond), Readable.significant(batch.evenTokensPerSecond),
          Readable.significant(batch.hostMemory / 1e9), Readable.significant(batch.gpuMemory / 1e9),
        ]
      })
    let context = Readable.count(result.context)
    return [
      .line("Trace    \(result.trace): \(result.phase), \(context) tokens attended to"),
      .line("Machine  one GPU of \(result.cluster) and its host's memory, model \(result.model)"), .line(),
      .headline(answer), .line(), .table(table), .line(), .paragraph(remark),
    ] + result.notes.flatMap { [.line(), .paragraph("Note: \($0)")] }
  }

  private var answer: String {
    let hiding = Readable.significant(result.hidingTokensPerExpert)
    if result.accumulate.allSatisfy({ $0.residentExperts == result.experts }) {
      return
        "All experts stay on the GPU: there is nothing to hide. Keys and values are taken to lie in the host's memory here; "
        + "replay --context is for a server that keeps them on the GPU."
    }
    guard let tokens = result.linkHiddenFrom else {
      return
        "No batch of this trace hides the link: an expert's arithmetic takes as long as its way over the link from "
        + "\(hiding) tokens of its own on."
    }
    return
      "The link is hidden from \(Readable.significant(tokens)) accumulated tokens on; an expert alone hides its way over it "
      + "from \(hiding) tokens of its own on."
  }

  private var remark: String {
    "Experts: distinct ones of a layer that a batch visits; of one: tokens of one of those, on average; fewest: of the one "
      + "with fewest. Link, GPU and CPU: each way's time over all layers, of which a pass takes the longest in every "
      + "layer. If even: tokens per second if all experts had as many tokens."
  }

  /// A row for each batch.
  public var records: Records {
    get throws { try Records(result.accumulate.map { (["batchSize": String($0.batchSize)], $0) }) }
  }
}
