import Testing

/// A fenced block of Swift in a document.
struct SwiftBlock: Sendable, CustomTestStringConvertible {
  /// Path below the repository's root.
  var document: String
  /// 1-based line of the first line inside.
  var line: Int
  var lines: [String]

  var testDescription: String { "\(document):\(line)" }

  /// Modules that the block imports, and the rest of it. A line of a list has a comma that the formatter takes from a list
  /// of one.
  var parts: (imports: [String], code: [String]) {
    let imports = lines.prefix { $0.hasPrefix("import ") || $0.isEmpty }
    var code = Array(lines.dropFirst(imports.count))
    if let last = code.last, last.hasSuffix(",") { code[code.count - 1].removeLast() }
    return (imports.filter { !$0.isEmpty }, code)
  }

  /// Whether the code stands in the file, in one piece and at any depth, and the imports at its beginning.
  func isPart(of file: [String]) -> Bool {
    let (imports, code) = parts
    guard imports.allSatisfy(file.contains) else { return false }
    return stride(from: 0, through: 8, by: 2).contains { depth in
      let indented = code.map { $0.isEmpty ? $0 : String(repeating: " ", count: depth) + $0 }
      return file.indices.contains { file[$0...].starts(with: indented) }
    }
  }

  static func all(in document: Document) -> [SwiftBlock] {
    var blocks: [SwiftBlock] = []
    var open: SwiftBlock?
    for (index, line) in document.lines.enumerated() {
      if line == "```swift" {
        open = SwiftBlock(document: document.path, line: index + 2, lines: [])
      } else if line == "```" {
        if let block = open { blocks.append(block) }
        open = nil
      } else {
        open?.lines.append(line)
      }
    }
    return blocks
  }
}
