import CommandRunner
import Foundation
import Testing

/// axe-core finds nothing against any kind of page: names, roles, headings, landmarks, contrast of texts.
@Suite(.enabled(if: Chromium.isExpected && Axe.isExpected)) struct AccessibilityConformanceTests {
  private struct Violation: Decodable {
    var id: String
    var nodes: [String]
  }

  private static let cases = BrowsedPage.Kind.allCases.flatMap { kind in [false, true].map { (kind, $0) } }

  @Test(arguments: cases) func `a page can be used by those who do not see it, or see it badly`(
    kind: BrowsedPage.Kind, isDark: Bool
  ) throws {
    let found = try Self.violations(of: kind.page(), isDark: isDark)
    #expect(found.isEmpty, "\(found)")
  }

  @Test func `what is wrong is found`() throws {
    let page = try BrowsedPage.Kind.replay.page()
    let wrong = BrowsedPage(
      html: page.html.replacing("role=\"img\" aria-label", with: "role=\"img\" data-label")
        .replacing("--soft: #595f69", with: "--soft: #b0b5bc"))
    #expect(try Set(Self.violations(of: wrong).map(\.id)).isSuperset(of: ["svg-img-alt", "color-contrast"]))
  }

  private static func violations(of page: BrowsedPage, isDark: Bool = false) throws -> [Violation] {
    let axe = try Axe.script.get().replacing("</script>", with: "<\\/script>")
    let withAxe = BrowsedPage(html: page.html.replacing("</body>", with: "<script>\(axe)</script></body>"))
    return try withAxe.found(
      width: 1280, isDark: isDark,
      by: #"""
        const { violations } = await axe.run(document, { resultTypes: ["violations"] });
        return violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 3).map((node) => node.html.slice(0, 160)) }));
        """#)
  }
}

/// axe-core, where it is there or can be had; on CI it has to.
private enum Axe {
  static let script = Result {
    let outcome = try Tool.shell("\"$ROOT/.ci/axe\"")
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try String(contentsOf: Tool.root.appendingPathComponent(".build/axe/axe.min.js"), encoding: .utf8)
  }

  static let isExpected = (try? script.get()) != nil || ProcessInfo.processInfo.environment["CI"] == "true"
}
