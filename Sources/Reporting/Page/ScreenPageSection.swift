import Charts
import Diagnostics
import Studies

/// One screening on the page; every text is ready to print.
struct ScreenPageSection {
  struct Line {
    var name: String
    var value: String
  }

  let id: String
  /// What tells it from the others, where there are several. Names differ from the page's, which a template would find in
  /// their place.
  let heading: String?
  let verdictStyle: String
  let verdictWord: String
  let finding: String
  /// What the strategy to choose gains; nil without one that serves long enough.
  let outcome: String?
  let warnings: [String]
  let hasWarnings: Bool
  /// The ten lines but for the verdict, which stands above.
  let lines: [Line]
  let charts: [PageChart]
  let pieces: [PagePiece]
  let facts: [Line]

  /// - Parameters:
  ///   - place: of the screening on the page.
  ///   - heading: nil for the only one.
  init(_ screening: Screening, place: Int, heading: String?) {
    id = "screening-\(place)"
    self.heading = heading.map(printable)
    verdictStyle = screening.verdict.rawValue
    verdictWord = screening.verdict.title
    finding = screening.finding.sentence
    outcome = screening.choice.flatMap { choice in
      choice.steady.map { steady in
        let gain = Readable.speed(
          steady.total, low: steady.totalLow, high: steady.totalHigh, than: screening.baseline)
        return printable("Once its plans serve \(choice.policy) is \(gain).")
      }
    }
    warnings = screening.notes.map(printable)
    hasWarnings = !warnings.isEmpty
    lines = ScreenLines(screening).lines.dropFirst().map { Line(name: $0.name, value: printable($0.text)) }
    charts = ScreenChart.all(screening).map { PageChart($0, idPrefix: "s\(place)-") }
    pieces = PagePiece.all(of: ScreenReport(screening).tables)
    facts = Self.facts(screening)
  }

  private static func facts(_ screening: Screening) -> [Line] {
    let (trace, cluster) = (screening.trace, screening.cluster)
    let facts: [(String, String?)] = [
      ("Trace", trace.name + (trace.origin.map { " (\($0))" } ?? "")), ("Shape", trace.shape),
      ("Cluster", "\(cluster.name), \(Readable.count(cluster.ranks, "rank")), \(cluster.ranksPerNode) per node"),
      ("Kernels", cluster.parts?.kernels), ("Model", screening.model.name), ("Has to serve the plan", screening.target),
      ("Runs today", screening.baseline), ("Has to pay within", ScreenLines.minutes(screening.horizon)),
      ("Memory for replicas", screening.memoryBudget.map { "\(Readable.bytes($0)) a rank" } ?? "what the GPU has"),
      ("Chosen on steps", screening.halves?.chosenOn), ("Scored on steps", screening.halves?.heldBack),
    ]
    return facts.compactMap { name, value in value.map { Line(name: name, value: printable($0)) } }
  }
}
