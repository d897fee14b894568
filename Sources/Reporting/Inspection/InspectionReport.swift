import Foundation
import Inspection

/// What `inspect` prints: a trace's shape and how unevenly its experts are loaded.
public struct InspectionReport: Report {
  let inspection: TraceInspection

  public init(_ inspection: TraceInspection) { self.inspection = inspection }

  public var title: String { inspection.trace.name }

  public var content: ReportContent { .object(inspection) }

  /// A row for each layer.
  public var records: Records {
    get throws { try Records(inspection.perLayer.map { (["layer": String($0.layer)], $0) }) }
  }

  public var blocks: [ReportBlock] {
    var blocks = Self.summary(inspection).map { ReportBlock.line($0) }
    blocks += inspection.notes.map { .paragraph("Note: \($0)") }
    if let router = inspection.router { blocks += Self.blocks(of: router) }
    if let phases = inspection.phases { blocks += Self.blocks(of: phases) }
    if !inspection.ranks.isEmpty { blocks += [.line(), .table(Self.table(of: inspection.ranks))] }
    if !inspection.drift.isEmpty {
      let entries = inspection.drift.map { "\($0.lag): \(Readable.number($0.correlation, decimals: 3))" }
      blocks += [.line(), .line("load correlation after steps  \(entries.joined(separator: "  "))")]
    }
    if let coverage = inspection.coverage, !coverage.isEmpty { blocks += [.line(), .table(Self.table(of: coverage))] }
    if !inspection.minimumHits.isEmpty {
      let entries = inspection.minimumHits.map {
        "\(Readable.percent($0.hitRate)) with room for \($0.experts) (\(Readable.percent($0.share)))"
      }
      blocks += [.line(), .paragraph("needed experts at hand, at best: \(entries.joined(separator: ", "))")]
    }
    if let caches = inspection.caches { blocks += [.line(), .table(Self.table(of: caches))] }
    return blocks + [
      .line(isDetail: true), .table(layers, isDetail: true), .line(isDetail: true),
      .line(" layer  experts from left to right; hottest is 4 times the layer's mean", isDetail: true),
      .picture(HeatMap(rows: inspection.perLayer.map { ($0.layer, $0.load) }), isDetail: true),
    ]
  }

  private var layers: TextTable {
    TextTable(
      columns: ["layer", "skewness", "entropy", "gini", "unused", "halves"].map(TextTable.Column.right),
      rows: inspection.perLayer.map { layer in
        [
          String(layer.layer), Readable.number(layer.skewness, decimals: 2),
          Readable.number(layer.entropy, decimals: 3), Readable.number(layer.gini, decimals: 3),
          String(layer.unusedExperts), Self.number(layer.halvesCorrelation, decimals: 3),
        ]
      })
  }

  private static func table(of sizes: [TraceInspection.Ranks]) -> TextTable {
    let titles = [
      "ranks", "skewness", "largest", "ranks per token", "nodes", "nodes per token", "most", "allowed",
      "busiest source",
    ]
    return TextTable(
      columns: titles.map(TextTable.Column.right),
      rows: sizes.map { entry in
        [
          String(entry.ranks), Readable.number(entry.skewness.mean, decimals: 2),
          Readable.number(entry.skewness.max, decimals: 2), number(entry.ranksPerToken, decimals: 2),
          entry.nodes.map(String.init) ?? "-", number(entry.nodesPerToken, decimals: 2),
          entry.mostNodesPerToken.map(String.init) ?? "-", entry.nodesPerTokenLimit.map(String.init) ?? "-",
          number(entry.busiestSource, decimals: 2),
        ]
      })
  }

  private static func table(of coverage: [Coverage]) -> TextTable {
    TextTable(
      columns: ["tokens", "experts of a layer", "if all were as likely"].map(TextTable.Column.right),
      rows: coverage.map {
        [
          Readable.count($0.tokens), Readable.number($0.experts, decimals: 2), Readable.number($0.even, decimals: 2),
        ]
      })
  }

  /// A row for each rule, the best in the first room first.
  private static func table(of caches: [CacheSurvey]) -> TextTable {
    let first = caches[0]
    let rows = first.rules.map(\.rule).map { name in
      [name] + caches.map { cache in rate(cache.rules.first { $0.rule == name }) }
    }
    let best = [\CacheSurvey.minimum, \.bound].map { best in
      [first[keyPath: best].rule] + caches.map { rate($0[keyPath: best]) }
    }
    return TextTable(
      columns: [.left("experts at hand, with room for")]
        + caches.map { .right("\($0.experts) experts, \(Readable.percent($0.share))") },
      rows: rows + best)
  }

  private static func rate(_ rule: CacheSurvey.Rule?) -> String { rule.map { Readable.percent($0.hitRate) } ?? "-" }

  private static func blocks(of router: TraceInspection.Router) -> [ReportBlock] {
    let before = router.before.map {
      String(
        format: "as recorded: skewness mean %.2f, max %.2f; of single steps median %.2f, 95 %% below %.2f",
        $0.skewness.mean, $0.skewness.max, $0.stepImbalance.median, $0.stepImbalance.p95)
    }
    return (before.map { [.line($0)] } ?? []) + router.rewrites.map { .paragraph("Note: \($0.sentence)") }
  }

  private static func blocks(of phases: TraceInspection.Phases) -> [ReportBlock] {
    let unit = phases.parts.contains { $0.tokens == nil } ? "visits" : "tokens"
    let table = TextTable(
      columns: [.left("phase")]
        + ["steps", unit, "skewness", "largest", "of a step"].map(TextTable.Column.right),
      rows: phases.parts.map { part in
        [
          part.phase.rawValue, String(part.steps), String(part.tokens ?? part.visits ?? 0),
          Readable.number(part.skewness.mean, decimals: 2), Readable.number(part.skewness.max, decimals: 2),
          Readable.number(part.stepImbalance.median, decimals: 2),
        ]
      })
    let correlation = phases.loadCorrelation.map {
      [ReportBlock.line("load correlation of prefill and decode: \(Readable.number($0, decimals: 3))")]
    }
    return [.line(), .table(table)] + (correlation ?? [])
  }

  private static func number(_ value: Double?, decimals: Int) -> String {
    value.map { Readable.number($0, decimals: decimals) } ?? "-"
  }

  private static func summary(_ inspection: TraceInspection) -> [String] {
    let trace = inspection.trace
    let unit = trace.tokens == nil ? "visits" : "tokens"
    let amount = trace.tokens ?? trace.visits ?? 0
    var lines = ["\(trace.name): \(trace.steps) steps, \(amount) \(unit), \(trace.content.rawValue)"]
    var shape = "\(trace.layers) MoE layers, \(trace.experts) experts"
    if let topK = trace.topK { shape += ", top-\(topK)" }
    if let model = trace.model { shape += ", model \(model)" }
    if let phase = trace.phase { shape += ", \(phase.rawValue)" }
    lines.append(shape)
    if let provenance = trace.provenance {
      let parts = [provenance.method, provenance.from.map { "from \($0)" }, provenance.licence].compactMap(\.self)
      lines.append("\(provenance.origin.rawValue): \(parts.joined(separator: "; "))")
    }
    lines.append("carries: \(carried(trace))")
    if let spread = trace.tokensPerStep ?? trace.visitsPerStep {
      lines.append(
        String(
          format: "\(unit) per step: mean %.1f, smallest %.0f, largest %.0f", spread.mean, spread.min, spread.max))
    }
    lines.append(
      String(
        format: "skewness (max/mean expert load): mean %.2f, max %.2f", inspection.skewness.mean,
        inspection.skewness.max))
    lines.append(
      String(
        format: "max/mean expert load of single steps: median %.2f, 95 %% below %.2f", inspection.stepImbalance.median,
        inspection.stepImbalance.p95))
    if !inspection.hottest.isEmpty {
      let parts = inspection.hottest.map {
        String(format: "%g %% (\($0.experts)) get %.1f %%", $0.ratio * 100, $0.share * 100)
      }
      lines.append("visits of a layer's hottest experts: \(parts.joined(separator: ", "))")
    }
    lines.append(
      String(format: "entropy (1 is even): mean %.3f; gini (0 is even): mean %.3f", inspection.entropy, inspection.gini)
    )
    if let correlation = inspection.halvesCorrelation {
      lines.append(String(format: "load correlation, first half against second: mean %.3f", correlation))
    }
    if let overlap = inspection.overlap {
      lines.append(
        String(
          format: "experts shared with the sequence's previous token: %.1f %%, by chance %.1f %%",
          overlap.neighbour * 100, overlap.independent * 100))
    }
    if let lift = inspection.pairLift {
      lines.append(
        String(
          format: "a token's experts together, times as often as independent ones: mean %.2f, max %.2f", lift.mean,
          lift.max))
    }
    return lines
  }

  /// `sources, phase; no token ids, sequences, weights`, with the steps that have what not all have.
  private static func carried(_ trace: TraceInspection.Trace) -> String {
    let entries = trace.carries.entries
    let there = entries.compactMap { name, steps in
      steps.map { $0 == trace.steps ? name : "\(name) in \($0) of \(trace.steps) steps" }
    }
    let missing = entries.filter { $0.steps == nil }.map(\.name)
    let parts = there + (trace.provenance == nil ? [] : ["provenance"])
    let absent = missing + (trace.provenance == nil ? ["provenance"] : [])
    let lists = [parts.isEmpty ? "routing only" : parts.joined(separator: ", ")]
    return (lists + (absent.isEmpty ? [] : ["no " + absent.joined(separator: ", ")])).joined(separator: "; ")
  }
}
