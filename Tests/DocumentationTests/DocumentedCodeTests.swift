import Testing

/// Swift that the documents show is compiled, here or as an example, and so cannot go stale.
@Suite struct DocumentedCodeTests {
  static var blocks: [SwiftBlock] { get throws { try Document.all.flatMap(SwiftBlock.all) } }

  @Test(arguments: try blocks) func `a block of Swift is part of a file that is compiled`(block: SwiftBlock) throws {
    let compiled = try ["Examples", "Tests/DocumentationTests"].flatMap { try Document.paths(ending: ".swift", in: $0) }
    let isCompiled = try compiled.contains { block.isPart(of: try Document.lines(of: $0)) }
    #expect(isCompiled, "\(block.testDescription) is in no file of Examples or Tests/DocumentationTests")
  }

  /// Indented blocks are for commands and YAML; Swift that hides in them is not compiled.
  @Test func `Swift stands in blocks that say so`() throws {
    for document in try Document.all {
      var isFenced = false
      for (index, line) in document.lines.enumerated() {
        if line.hasPrefix("```") { isFenced.toggle() }
        if isFenced { continue }
        let isSwift = line.contains(
          #/^    (import [A-Z]|(public |package |private )?(struct|extension|enum|func|protocol) |@|///)/#)
        #expect(!isSwift, "\(document.path):\(index + 1): \(line)")
      }
    }
  }

  @Test func `every kind of addition has its worked example`() throws {
    let documents = Set(try Self.blocks.map(\.document))
    #expect(documents.isSuperset(of: ["docs/policies.md", "docs/formats.md", "docs/models.md", "docs/reports.md"]))
  }
}
