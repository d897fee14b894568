import Studies

/// What `screen` prints: a verdict and what it rests on in ten lines, then every strategy that was tried.
public struct ScreenReport: Report {
  let screening: Screening

  public init(_ screening: Screening) { self.screening = screening }

  public var title: String {
    "\(screening.trace.name) on \(screening.cluster.ranks) ranks of \(screening.cluster.name), model "
      + screening.model.name
  }

  public var content: ReportContent { .object(screening) }

  public var blocks: [ReportBlock] {
    let lines = ScreenLines(screening).lines
    let width = lines.map(\.name.count).max() ?? 0
    return [.line(title)]
      + lines.map { .line($0.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.text) }
      + (tables + notes)
  }

  /// Every strategy that was tried, and where that was asked for what another system says and what survives failures.
  var tables: [ReportBlock] {
    strategies + (screening.ascend.map(Self.ascend) ?? [])
      + (screening.safety.map { SafetyBlocks($0, baseline: screening.baseline).blocks } ?? [])
  }

  private var notes: [ReportBlock] {
    screening.notes.flatMap { [.line(isDetail: true), .paragraph("Note: \($0)", isDetail: true)] }
  }

  private var strategies: [ReportBlock] {
    guard !screening.strategies.isEmpty else { return [] }
    let table = TextTable(
      columns: [
        .left("strategy"), .right("redundant"), .right("replicas/rank"), .right("first half"), .right("held back"),
      ],
      rows: screening.strategies.map { strategy in
        [
          strategy.policy, "\(strategy.redundantSlotsPerRank)", Readable.bytes(strategy.replicaBytesPerRank),
          strategy.gain.map(Readable.signedPercent)
            ?? (strategy.movedExperts > 0 ? "too short" : "did not act"),
          strategy.heldBack.map(Readable.signedPercent) ?? Readable.nothing,
        ]
      })
    return [.line(isDetail: true), .table(table, isDetail: true)]
  }

  private static func ascend(_ ascend: Screening.Ascend) -> [ReportBlock] {
    let table = TextTable(
      columns: [
        .right("layer"), .left("vllm-ascend's verdict"), .left("reason"), .right("uneven"), .right("hot stay"),
        .right("improved"), .right("hottest rank"), .right("time"),
      ],
      rows: ascend.layers.map { layer in
        [
          "\(layer.layer)", layer.verdict.rawValue, layer.reason.rawValue, "\(layer.imbalanced)/\(layer.windows)",
          "\(layer.stable)/\(layer.pairs)", "\(layer.improved)/\(layer.pairs)",
          Readable.signedPercent(-layer.reduction), Readable.signedPercent(-layer.gain),
        ]
      })
    let trials = ascend.layers.count { $0.verdict == .recommendTrial }
    return [
      .line(),
      .paragraph(
        "vllm-ascend's rule, windows of \(Readable.count(ascend.window, "step")): a trial for \(trials) of "
          + "\(Readable.count(ascend.layers.count, "layer")). Its plans as replayed (\(ascend.policy)), with the moves "
          + "that steps wait for: in total \(Readable.speed(ascend.gain))."),
      .line(isDetail: true), .table(table, isDetail: true),
    ]
  }

  /// A row for each strategy.
  public var records: Records {
    get throws { try Records(screening.strategies.map { (["policy": $0.policy], $0) }) }
  }
}
