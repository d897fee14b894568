import Testing

/// `docs/architecture.md`: code that the compiler does not check stands in files whose names say so.
@Suite struct UnsafeCodeTests {
  /// Loops over plain memory, and what hands memory to the operating system or zlib.
  private static let suffixes = ["+Hot.swift", "+System.swift"]
  private static var paths: [String] { get throws { try Document.paths(ending: ".swift", in: "Sources") } }

  private static func isNamed(_ path: String) -> Bool { suffixes.contains { path.hasSuffix($0) } }

  /// Parts of the names of unsafe types and functions, and of the tables that are made of such.
  private static let marks = ["nsafe", "Unmanaged", "MemoryRebound", "withTables", "PlacementTables"]

  /// Lines of code with such a name.
  private static func unsafeLines(of path: String) throws -> [String] {
    try Document.lines(of: path).filter { line in
      marks.contains { line.contains($0) } && !line.trimmingPrefix(while: \.isWhitespace).hasPrefix("//")
    }
  }

  @Test func `no other file has unsafe code`() throws {
    let others = try Self.paths.filter { !Self.isNamed($0) }
    #expect(others.count > 200)
    for path in others {
      let lines = try Self.unsafeLines(of: path)
      #expect(lines.isEmpty, "\(path)")
    }
  }

  @Test func `a file that is named so has some`() throws {
    let named = try Self.paths.filter(Self.isNamed)
    #expect(named.count > 20)
    for path in named {
      let lines = try Self.unsafeLines(of: path)
      #expect(!lines.isEmpty, "\(path)")
    }
  }
}
