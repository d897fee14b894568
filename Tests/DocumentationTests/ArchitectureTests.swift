import Foundation
import Testing

/// `docs/architecture.md` says who knows whom, and so do `Package.swift` and the imports: all three are the same.
@Suite struct ArchitectureTests {
  /// The rows of the table of rooms: name and whom it knows.
  static var table: [(room: String, knows: [String])] {
    get throws {
      let lines = try Document("docs/architecture.md").lines.drop { !$0.hasPrefix("| room |") }
      return lines.prefix { $0.hasPrefix("|") }.dropFirst(2).map { row in
        let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        let knows = cells[2] == "–" ? [] : cells[2].components(separatedBy: ", ")
        return (cells[0].trimmingCharacters(in: ["`"]), knows)
      }
    }
  }

  @Test func `the table of rooms is that of Package.swift`() throws {
    let rooms = try PackageManifest().rooms
    let table = try Self.table
    #expect(rooms.count > 15)
    #expect(table.map(\.room).sorted() == rooms.map(\.name).sorted())
    for room in rooms {
      let row = table.first { $0.room == room.name }
      #expect(row?.knows.sorted() == room.dependencies.sorted(), "\(room.name)")
    }
  }

  @Test func `a room is described after those that it knows`() throws {
    var seen: Set<String> = []
    let rooms = Set(try Self.table.map(\.room))
    for (room, knows) in try Self.table {
      for name in knows where rooms.contains(name) { #expect(seen.contains(name), "\(room) before \(name)") }
      seen.insert(room)
    }
  }

  @Test func `a room imports none but those that Package.swift says it knows`() throws {
    let rooms = try PackageManifest().rooms
    let known = Set(rooms.flatMap { [$0.name] + $0.dependencies })
    for room in rooms {
      let files = try Document.paths(ending: ".swift", in: "Sources/\(room.name)")
      guard !files.isEmpty else { continue }
      let imports = try files.flatMap { try Document.lines(of: $0) }
        .compactMap { $0.firstMatch(of: #/^(?:@_exported )?(?:package |public )?import (\w+)/#).map { String($0.1) } }
      let others = Set(imports).intersection(known).subtracting(room.dependencies)
      #expect(others.isEmpty, "\(room.name) imports \(others.sorted())")
    }
  }
}
