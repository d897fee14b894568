import CommandRunner
import Foundation
import Testing

/// The notebook shows what its cells print, executed by a Python of its own, which `.ci/notebook` makes.
@Suite(.enabled(if: Notebook.isExpected, "pandas and Jupyter cannot be had")) struct NotebookConformanceTests {
  @Test func `the notebook shows what its cells print`() throws {
    let outcome = try Notebook.run("--check")
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
  }

  @Test func `the guide's commands and Python are the notebook's`() throws {
    let guide = try String(contentsOf: Tool.root.appendingPathComponent("docs/notebook.md"), encoding: .utf8)
    let python = guide.components(separatedBy: "```python\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
    let lines = guide.split(separator: "\n")
    let commands = lines.filter { $0.hasPrefix("    expert-replay ") || $0.hasPrefix("      --") }
    let blocks = [commands.map { $0.dropFirst(4) }.joined(separator: "\n")] + python
    #expect(commands.count >= 3 && blocks.count >= 5)
    let cells = try Notebook.cells
    for block in blocks { #expect(cells.contains { $0.contains(block) }, "\(block)") }
  }
}

/// `Examples/notebook.ipynb`.
enum Notebook {
  /// Whether its environment is there or can be made; on CI it has to be.
  static let isExpected =
    (try? run("--prepare"))?.status == 0 || ProcessInfo.processInfo.environment["CI"] == "true"

  static func run(_ option: String) throws -> Tool.Outcome {
    try Tool.shell("\"$ROOT/.ci/notebook\" \"$TOOL\" \(option)")
  }

  /// Source of each cell.
  static var cells: [String] {
    get throws {
      struct File: Decodable {
        struct Cell: Decodable { var source: [String] }
        var cells: [Cell]
      }
      let data = try Data(contentsOf: Tool.root.appendingPathComponent("Examples/notebook.ipynb"))
      return try JSONDecoder().decode(File.self, from: data).cells.map { $0.source.joined() }
    }
  }
}
