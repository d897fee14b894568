import Charts
import Diagnostics
import Replay

/// One result on the page; every text is ready to print.
struct ReplayPageSection {
  struct Fact {
    var name: String
    var value: String
  }

  /// A policy's column of the table of figures.
  struct Column {
    var style: String
    var name: String
  }

  /// A line of a table: a figure's name and its value under each policy.
  struct Figures {
    var path: String
    var name: String
    var reading: String
    var cells: [String]
  }

  /// A file that the result was made from.
  struct File {
    var title: String
    var text: String
  }

  let id: String
  /// The machine's, where there are several.
  let heading: String?
  let verdict: ReplayVerdict.Word
  let answer: String
  let warnings: [String]
  let hasWarnings: Bool
  let facts: [Fact]
  let charts: [PageChart]
  let columns: [Column]
  let figures: [Figures]
  let command: String?
  let files: [File]

  /// - Parameters:
  ///   - place: of the result on the page.
  ///   - heading: what tells it from the others; nil where it is the only one.
  ///   - charted: the result with the colours of its policies.
  init(_ charted: ChartedResult, place: Int, heading: String?) {
    let result = charted.result
    id = Self.id(place)
    self.heading = heading.map(printable)
    verdict = ReplayVerdict.word(of: result)
    answer = printable(ReplayVerdict.sentence(of: result))
    warnings = ReplayNotes.all(of: result).map(printable)
    hasWarnings = !warnings.isEmpty
    facts = Self.facts(result)
    charts = ResultChart.all.map { $0.drawn(charted) }.filter(\.isMentioned)
      .map { PageChart($0, idPrefix: "r\(place)-") }
    columns = charted.policies.map { Column(style: $0.series.style, name: printable($0.name)) }
    figures = Figure.all.compactMap { figure in
      let texts = result.policies.map { figure.text(of: $0, in: result) }
      guard texts.contains(where: { $0 != nil }) else { return nil }
      return Figures(
        path: figure.path, name: figure.name, reading: figure.reading, cells: texts.map { $0 ?? Readable.nothing })
    }
    let provenance = result.details?.provenance
    command = provenance.map { printable((["expert-replay"] + $0.command.map(shellWord)).joined(separator: " ")) }
    files = (provenance?.files ?? []).map { file in
      File(
        title: printable("\(file.kind) \(file.name)"),
        text: file.text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
          .joined(separator: "\n"))
    }
  }

  /// What links go to.
  static func id(_ place: Int) -> String { "result-\(place)" }

  private static func facts(_ result: ReplayResult) -> [Fact] {
    let trace = result.trace
    let facts =
      [
        Fact(name: "Trace", value: trace.name + (trace.origin.map { " (\($0))" } ?? "")),
        Fact(name: "Shape", value: trace.shape),
        Fact(
          name: "Cluster",
          value: "\(result.cluster.name), \(Readable.count(result.cluster.ranks, "rank")), "
            + "\(result.cluster.ranksPerNode) per node"),
        Fact(name: "Model", value: result.model.name),
        Fact(name: "All-to-all", value: result.allToAll),
      ] + (result.cluster.parts.map { [Fact(name: "Kernels", value: $0.kernels)] } ?? [])
      + [Fact(name: "Seed", value: String(result.seed))]
      + (trace.selection.map { [Fact(name: "Steps drawn", value: $0.text)] } ?? [])
      + (trace.sha256.map { [Fact(name: "SHA-256 of the trace", value: $0)] } ?? [])
      + (trace.files ?? []).map { file in
        let digest = file.sha256.map { ", SHA-256 \($0)" } ?? ""
        return Fact(name: "File", value: "\(file.name), \(Readable.count(file.steps, "step"))\(digest)")
      }
    return facts.map { Fact(name: $0.name, value: printable($0.value)) }
  }
}

/// A word as a shell takes it for one.
private func shellWord(_ word: String) -> String {
  let isPlain =
    !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:=,+@%".contains($0)) }
  return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
}
