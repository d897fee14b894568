import CommandRunner

/// Blocks of commands whose tables other tests measure: `make test`, those of recordings `make conformance`, those that
/// fit `make long`.
enum MeasuredBlocks {
  /// 1-based lines on which they begin.
  static func lines(in path: String) throws -> Set<Int> {
    guard path.hasPrefix("docs/") else { return [] }
    let file = String(path.dropFirst("docs/".count))
    let tables = try DocumentedTable.documents.contains(file) ? DocumentedTable.all(in: file) : []
    let figures = try DocumentedFigure.documents.contains(file) ? DocumentedFigure.all(in: file) : []
    let errors = try DocumentedErrors.documents.contains(file) ? DocumentedErrors.all(in: file) : []
    return Set(tables.map(\.commandsLine) + figures.map(\.commandsLine) + errors.map(\.commandsLine))
  }
}

/// What `expert-replay --help` lists.
enum HelpPage {
  static let subcommands: Set<String> = {
    let help = (try? Tool.run("--help").output) ?? ""
    let lines = help.split(separator: "\n").drop { $0 != "SUBCOMMANDS:" }
    return Set(lines.compactMap { $0.firstMatch(of: #/^  (\w+)/#).map { String($0.1) } })
  }()
}
