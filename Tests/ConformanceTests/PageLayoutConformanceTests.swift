import CommandRunner
import Foundation
import Testing

/// Every kind of page, wide and narrow, light and dark, on the screen and on paper: nothing is cut off, nothing is empty.
@Suite(.enabled(if: Chromium.isExpected)) struct PageLayoutConformanceTests {
  private struct Found: Decodable {
    var errors: [String]
    var width: Double
    var scrolls: Double
    var wide: [String]
    var clipped: [String]
    var charts: Int
    var withoutMarks: [String]
    var nameless: [String]
  }

  private static let script = #"""
    const found = { errors, width: innerWidth, scrolls: document.documentElement.scrollWidth };
    const shown = (part) => part.outerHTML.slice(0, 120);
    found.wide = all("svg, p, pre, dl, h2, h3, li").filter((part) => !part.closest(".scroll, .plot .heat")
      && part.getBoundingClientRect().right > innerWidth + 1).map(shown);
    found.clipped = all(".plot text").filter((text) => {
      const own = text.getBoundingClientRect(), plot = text.closest(".plot").getBoundingClientRect();
      return own.left < plot.left - 1 || own.right > plot.right + 1 || own.top < plot.top - 1 || own.bottom > plot.bottom + 1;
    }).map(shown);
    found.charts = all(".chart").length;
    found.withoutMarks = all(".chart").filter((chart) => !chart.querySelector(".missing")
      && all(".line, .bar, .dot, .cloud, .cells, .shade", chart).every((mark) => mark.getBoundingClientRect().width === 0))
      .map((chart) => chart.id);
    found.nameless = all(".plot").filter((plot) => plot.getAttribute("role") !== "img" || !plot.ariaLabel)
      .concat(all("table").filter((table) => !all("thead th[scope=col]", table).length))
      .concat(all("input").filter((input) => !input.closest("label"))).map(shown);
    return found;
    """#

  private static let cases = BrowsedPage.Kind.allCases.flatMap { kind in [1280, 480].map { (kind, $0) } }

  @Test(arguments: cases) func `charts have marks and names, and nothing is wider than the window or cut off`(
    kind: BrowsedPage.Kind, width: Int
  ) throws {
    let found = try kind.page().found(Found.self, width: width, isDark: width == 480, by: Self.script)
    #expect(found.errors.isEmpty && found.withoutMarks.isEmpty && found.nameless.isEmpty, "\(found)")
    #expect(found.charts > 5 && found.clipped.isEmpty, "\(found.clipped)")
    #expect(Int(found.width) == width && found.scrolls <= found.width && found.wide.isEmpty, "\(found.wide)")
  }

  @Test(arguments: BrowsedPage.Kind.allCases) func `on paper nothing is cut off, and a PDF is made`(
    kind: BrowsedPage.Kind
  ) throws {
    // A4 less its margins, at 96 dots an inch.
    let found = try kind.page().found(Found.self, width: 703, asPrinted: true, by: Self.script)
    #expect(found.wide.isEmpty && found.clipped.isEmpty && found.scrolls <= found.width, "\(found)")
    let scratch = try Scratch()
    let file = try scratch.file("page.html", kind.page().html)
    let paper = scratch.folder.appendingPathComponent("page.pdf")
    _ = try Chromium.open(URL(fileURLWithPath: file), "--print-to-pdf=\(paper.path)")
    #expect(try Data(contentsOf: paper).prefix(5) == Data("%PDF-".utf8))
  }
}
