import CommandRunner
import Foundation

/// A document that people read: Markdown anywhere in the repository, articles of the library included.
struct Document: Sendable {
  /// Path below the repository's root.
  var path: String
  var lines: [String]

  init(_ path: String) throws {
    self.path = path
    lines = try Self.lines(of: path)
  }

  static var all: [Document] { get throws { try paths(ending: ".md").map(Document.init) } }

  static func lines(of path: String) throws -> [String] {
    try String(contentsOf: Tool.root.appendingPathComponent(path), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// Files below the root, sorted, but for those in hidden folders.
  static func paths(ending suffix: String, in folder: String = "") throws -> [String] {
    let root = Tool.root.appendingPathComponent(folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: root.path).filter { !$0.hasPrefix(".") }.sorted()
    return try names.flatMap { name in
      let path = folder.isEmpty ? name : "\(folder)/\(name)"
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: root.appendingPathComponent(name).path, isDirectory: &isFolder)
      else { return [String]() }
      if isFolder.boolValue { return try paths(ending: suffix, in: path) }
      return name.hasSuffix(suffix) ? [path] : []
    }
  }

  /// Headings as links name them: lower case, words joined by hyphens, other signs left out.
  var anchors: Set<String> {
    Set(
      lines.filter { $0.hasPrefix("#") }.map { line in
        line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
          .filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }.replacingOccurrences(of: " ", with: "-")
      })
  }

  /// Targets of links, without those outside of the repository.
  var links: [(line: Int, target: String)] {
    lines.enumerated().flatMap { index, line in
      line.matches(of: #/\]\(([^)\s]+)\)/#).map { (index + 1, String($0.1)) }
        .filter { !$0.1.contains("://") && !$0.1.hasPrefix("mailto:") }
    }
  }
}
