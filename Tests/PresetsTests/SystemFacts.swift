import Diagnostics
import Foundation
import Testing

/// What `Golden/systems.csv` says of serving systems' defaults, each with its source.
struct SystemFacts {
  struct Fact: Hashable {
    var system: String
    /// Path in the system's file, with dots.
    var key: String
    var value: String
  }

  let facts: Set<Fact>

  init() throws {
    let url = try #require(Bundle.module.url(forResource: "Golden/systems", withExtension: "csv"))
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst()
    facts = Set(
      lines.flatMap { line in
        let cells = line.split(separator: ",", maxSplits: 3).map(String.init)
        precondition(cells.count == 4 && cells[3].count > 10, "no source: \(line)")
        return cells[0].split(separator: " ").map { Fact(system: String($0), key: cells[1], value: cells[2]) }
      })
  }

  /// Every single value of a file but its name.
  static func facts(of system: String, in settings: Settings, path: String = "") throws -> Set<Fact> {
    var found: Set<Fact> = []
    for key in settings.keys where path + key != "name" {
      if settings.isSection(key) {
        found.formUnion(try facts(of: system, in: settings.section(key), path: "\(path)\(key)."))
      } else {
        found.insert(Fact(system: system, key: path + key, value: try settings.string(key)))
      }
    }
    return found
  }
}
