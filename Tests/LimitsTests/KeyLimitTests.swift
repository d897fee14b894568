import CommandRunner
import Diagnostics
import Foundation
import TestTraces
import Testing

/// Every number that a key of a file may have lies between two bounds: both are accepted, and what lies next to them
/// outside is refused with its line.
@Suite struct KeyLimitTests {
  private static func refusal(of limit: KeyLimit, _ value: String) throws -> (error: InputError?, line: Int) {
    let folder = try TemporaryFolder()
    let (text, line) = limit.file(value)
    let path = try folder.write(text, to: limit.kind == .parameters ? "params.py" : "a.yaml")
    do {
      try limit.kind.read(path)
      return (nil, line)
    } catch { return (try #require(error as? InputError, "\(limit.path): \(error)"), line) }
  }

  @Test(arguments: KeyLimit.all.indices)
  func bothEndsAreAcceptedAndWhatIsBeyondThemIsNot(index: Int) throws {
    let limit = KeyLimit.all[index]
    for (value, reason) in [(limit.least, limit.refusals.least), (limit.most, limit.refusals.most)] {
      let (error, _) = try Self.refusal(of: limit, value)
      let said = error?.description ?? ""
      #expect(reason.map { said.contains($0) && !said.contains("outside") } ?? (error == nil), "\(value): \(said)")
    }
    for value in [limit.below, limit.above].compactMap(\.self) {
      let (found, line) = try Self.refusal(of: limit, value)
      let error = try #require(found, "\(limit.path): \(value) is accepted")
      #expect(error.status == .data && error.place.line == line, "\(value): \(error)")
      #expect(error.message.hasPrefix("\(limit.path): "), "\(value): \(error)")
      #expect(error.message.contains(limit.row.limit), "\(value): \(error)")
      #expect(!error.description.contains("\n"))
    }
  }

  /// Whatever reads a key's number with its range has a row.
  @Test func everyRangeInTheSourcesIsHere() throws {
    let sources = Tool.root.appendingPathComponent("Sources")
    var found: Set<String> = []
    for case let path as String in try #require(FileManager.default.enumerator(atPath: sources.path))
    where path.hasSuffix(".swift") && path != "Diagnostics/Settings.swift" {
      let text = try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
      let readings = #/\.(?:optional|integer|number|numbers|whole|optionalInteger|optionalNumber)\(\s*"(\w+)",\s*in:/#
      for match in text.matches(of: readings) { found.insert("\(path) \(match.1)") }
    }
    let known = Set(KeyLimit.all.map { "\($0.source) \($0.key)" })
    #expect(found.subtracting(known).sorted() == [])
    #expect(found.count > 140)
  }

  /// The second table of docs/limits.md, in the order of the list.
  @Test func theTableOfKeysIsTheList() throws {
    let table = try #require(try DocumentTable.all(in: "limits.md").last)
    var lines = ["| Key | Limit |", "|---|---|"]
    for kind in FileKind.allCases {
      lines.append("| **\(kind.heading)** | |")
      lines += KeyLimit.all.filter { $0.kind == kind }.map { "| \($0.row.what) | \($0.row.limit) |" }
    }
    try DocumentTable.rewrite(table.lines, as: lines, in: "limits.md")
    #expect(table.lines == lines, "\(lines.joined(separator: "\n"))")
  }
}
