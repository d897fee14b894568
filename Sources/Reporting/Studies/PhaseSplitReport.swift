import Studies

/// What `advise --split` prints: layouts with prefill and decode apart, the same ranks for both, and both without
/// targets.
public struct PhaseSplitReport: Report {
  let result: PhaseSplit

  public init(_ result: PhaseSplit) { self.result = result }

  public var title: String { "Prefill and decode apart: \(result.trace) on up to \(result.gpus) GPUs" }

  public var content: ReportContent { .object(result) }

  public var blocks: [ReportBlock] {
    let titles = [
      "Phases", "Prefill", "Decode", "GPUs", "Requests/s", "A GPU", "TTFT ms", "TPOT ms", "Limited by",
    ]
    let table = TextTable(
      style: .ruled, columns: titles.map { ["Phases", "Limited by"].contains($0) ? .left($0) : .right($0) },
      rows: rows.map { Self.cells($0.name, $0.layout) })
    return [
      .line("Trace    \(result.trace)" + (result.prefillTrace.map { ", prefill of \($0)" } ?? "")),
      .line("Machine  " + machine), .line("Asked    " + asked), .line(), .headline(answer), .line(), .table(table),
      .line(), .paragraph(remark),
    ] + result.notes.flatMap { [.line(), .paragraph("Note: \($0)")] }
  }

  /// Every layout by what it is, those within the targets first.
  private var rows: [(name: String, layout: PhaseSplit.Layout)] {
    let free = result.withoutTargets
    return result.front.map { ("apart", $0) } + (result.together.map { [("together", $0)] } ?? [])
      + (free.map { [("apart, no targets", $0.split)] } ?? [])
      + (free?.together.map { [("together, no targets", $0)] } ?? [])
  }

  private static func cells(_ name: String, _ layout: PhaseSplit.Layout) -> [String] {
    [
      name, groups(layout.prefill), groups(layout.decode), String(layout.gpus),
      Readable.significant(layout.requestsPerSecond), Readable.significant(layout.goodputPerGPU),
      layout.ttft.map { Readable.significant($0 / 1e3) } ?? Readable.nothing,
      Readable.significant(layout.tpot / 1e3), layout.limitedBy.rawValue,
    ]
  }

  /// `3 × 16`, or `3 × 16, 2 steps` where steps were made one.
  private static func groups(_ phase: PhaseSplit.Phase) -> String {
    "\(phase.replicas) × \(phase.ranks)" + (phase.batchSize > 1 ? ", \(phase.batchSize) steps" : "")
  }

  private var machine: String {
    let (prefill, decode) = (result.split.prefill.policy, result.split.decode.policy)
    let policies = prefill == decode ? decode : "\(decode), prefill \(prefill)"
    return result.cluster + (result.prefillCluster.map { ", prefill \($0)" } ?? "")
      + ", model \(result.model), policy \(policies)"
  }

  private var asked: String {
    let cached = result.cached > 0 ? ", \(Readable.percent(result.cached)) of it cached" : ""
    let targets = [result.targets.ttft.map { ("TTFT", $0) }, result.targets.tpot.map { ("TPOT", $0) }]
      .compactMap { $0.map { "\($0) \(Readable.time($1))" } }
    return "\(Readable.count(result.input)) tokens in\(cached), \(Readable.count(result.output)) out; "
      + (targets.isEmpty ? "no targets" : "targets " + targets.joined(separator: ", "))
  }

  var answer: String {
    let split = result.split
    let apart =
      "Apart: prefill on \(Self.groups(split.prefill)) GPUs and decode on \(Self.groups(split.decode)) serve "
      + "\(Readable.significant(split.requestsPerSecond)) requests/s, \(Readable.significant(split.goodputPerGPU)) a GPU. "
    let free = result.withoutTargets
    let gains =
      [Self.gain(split, result.together).map { free == nil ? $0 : "\($0) within the targets" }]
      + [free.flatMap { Self.gain($0.split, $0.together) }.map { "\($0) without" }]
    let known = gains.compactMap(\.self).joined(separator: ", ")
    return apart
      + (known.isEmpty ? "" : "Requests a GPU against the same ranks for both phases: \(known).")
      + (result.together == nil ? " No ranks serve both phases\(free == nil ? "" : " within the targets")." : "")
  }

  private static func gain(_ apart: PhaseSplit.Layout, _ together: PhaseSplit.Layout?) -> String? {
    together.map { Readable.signedPercent(apart.goodputPerGPU / $0.goodputPerGPU - 1) }
  }

  private var remark: String {
    "Prefill and decode: groups × GPUs of each. A GPU: requests a second over GPUs in use. TTFT: mean wait of a prompt, its "
      + "prefill, and what is left of its keys and values on their way. TPOT: mean step of decode, together with the "
      + "prompts that come between. Limited by: what more requests would break, or whose time is used up."
  }

  /// The blocks under a picture of the layouts.
  public func page() throws -> String {
    try ChartsPage(title: title, headline: answer, charts: [PhaseSplitChart(result).drawn], blocks: blocks).text
  }

  /// A row for each layout.
  public var records: Records {
    get throws { try Records(rows.map { (["phases": $0.name], $0.layout) }) }
  }
}
