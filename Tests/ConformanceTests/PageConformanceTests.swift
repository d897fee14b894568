import CommandRunner
import Foundation
import Testing

/// The page works in a browser: a script put into it uses what a reader uses, and notes what it finds.
@Suite(.enabled(if: Chromium.isExpected)) struct PageConformanceTests {
  private static let page = Result {
    let arguments = [
      "traces/gpt-oss-20b-like.moetrace", "--ranks", "16", "--steps", "0:64", "--policy", "eplb:steps=8",
    ]
    let outcome = try Tool.run(["replay"] + arguments + ["--policy", "greedy", "--format", "html"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  /// What the script found, as JSON.
  private struct Found: Decodable {
    var errors: [String]
    var width: Double
    var scrolls: Double
    var wide: [String]
    var withoutMarks: [String]
    var nameless: Int
    var hidden: Int
    var shownAgain: Int
    var focusable: Int
    var layer: [String]
    var step: [String]
    var together: Int
    var cell: [String]
    var hover: [String]
  }

  private static let probe = #"""
    <script>addEventListener("load", () => {
      const all = (what, where = document) => [...where.querySelectorAll(what)];
      const slide = (slider, value) => { slider.focus(); slider.value = value; slider.dispatchEvent(new Event("input")); };
      const text = (id) => document.querySelector(`#r0-${id} .readout`).textContent;
      const found = { errors, width: innerWidth, scrolls: document.documentElement.scrollWidth };
      found.wide = all("svg, p, pre, dl, h2, h3").filter((part) => !part.closest(".scroll, .plot .heat")
        && part.getBoundingClientRect().right > innerWidth + 1).map((part) => part.outerHTML.slice(0, 80));
      found.withoutMarks = all(".chart").filter((chart) => !chart.querySelector(".missing")
        && all(".line, .bar, .dot, .cloud, .cells", chart).every((mark) => mark.getBoundingClientRect().width === 0))
        .map((chart) => chart.id);
      found.nameless = all(".plot").filter((plot) => plot.getAttribute("role") !== "img" || !plot.ariaLabel).length
        + all("table").filter((table) => !all("thead th[scope=col]", table).length).length
        + all("input").filter((input) => !input.closest("label")).length;
      const box = document.querySelector('[data-toggles="1"]');
      const visible = () => all('.chart [data-policy="1"]').filter((mark) => mark.getBoundingClientRect().width > 0).length;
      box.focus();
      box.click();
      found.hidden = visible();
      box.click();
      found.shownAgain = visible();
      found.focusable = all("input, .heat").filter((part) => {
        const target = part.matches(".heat") ? part.parentElement : part;
        target.focus();
        return document.activeElement === target;
      }).length - all("input, .heat").length;
      const grid = document.querySelector("#r0-rank-steps .cells");
      const layers = document.querySelector('#r0-rank-steps [data-slides="layer"]');
      const before = grid.getAttribute("d");
      slide(layers, layers.value === "0" ? 1 : 0);
      found.layer = [before, grid.getAttribute("d")];
      const first = text("step-times");
      slide(document.querySelector('#r0-step-loads [data-slides="step"]'), 7);
      found.step = [first, text("step-times")];
      found.together = all('[data-slides="step"]').filter((slider) => slider.value !== "7").length;
      const plot = document.querySelector("#r0-traffic .plot");
      for (const key of ["ArrowRight", "ArrowDown", "ArrowRight"]) plot.dispatchEvent(new KeyboardEvent("keydown", { key }));
      found.cell = [text("traffic")];
      const heat = document.querySelector("#r0-rank-layers .heat");
      const at = heat.querySelector(".ground").getBoundingClientRect();
      heat.dispatchEvent(new PointerEvent("pointermove", { clientX: at.right - 1, clientY: at.bottom - 1, bubbles: true }));
      found.hover = [text("rank-layers")];
      parent.postMessage("FOUND" + btoa(unescape(encodeURIComponent(JSON.stringify(found)))) + "END", "*");
    });</script>
    """#

  /// - Parameter asPrinted: whether rules for paper are taken on the screen.
  private static func probe(width: Int, asPrinted: Bool = false) throws -> Found {
    var page = try page.get().replacing("</body>", with: probe + "</body>").replacing(
      "<style>",
      with: """
        <script>const errors = []; addEventListener("error", (event) => errors.push(event.message));
        console.error = (text) => errors.push(text);</script><style>
        """)
    if asPrinted { page = page.replacing("@media print", with: "@media screen") }
    let scratch = try Scratch()
    _ = try scratch.file("page.html", page)
    // A window is never as narrow as a telephone, a frame may be.
    let frame = """
      <style>body { margin: 0 } iframe { border: 0; width: \(width)px; height: 1900px }</style>
      <script>addEventListener("message", (event) => document.body.textContent = event.data)</script>
      <body><iframe src="page.html"></iframe></body>
      """
    let file = try scratch.file("frame.html", frame)
    let dom = try Chromium.open(URL(fileURLWithPath: file), "--dump-dom")
    let match = try #require(dom.firstMatch(of: #/FOUND([A-Za-z0-9+/=]+)END/#), "the script did not end")
    return try JSONDecoder().decode(Found.self, from: #require(Data(base64Encoded: String(match.1))))
  }

  @Test(arguments: [1280, 480]) func `charts have marks and names, and nothing is wider than the window`(width: Int)
    throws
  {
    let found = try Self.probe(width: width)
    #expect(found.errors.isEmpty && found.withoutMarks.isEmpty && found.nameless == 0)
    #expect(Int(found.width) == width && found.scrolls <= found.width && found.wide.isEmpty, "\(found.wide)")
  }

  @Test func `toggles, sliders, arrow keys and the mouse do what they say`() throws {
    let found = try Self.probe(width: 1280)
    #expect(found.hidden == 0 && found.shownAgain > 10 && found.focusable == 0)
    #expect(found.layer[0] != found.layer[1] && !found.layer[1].isEmpty)
    #expect(found.step[0] != found.step[1] && found.step[1].contains("static "))
    #expect(found.together == 0)
    #expect(found.cell[0].hasPrefix("static: from rank 1, to rank 2: "), "\(found.cell)")
    #expect(found.hover[0].contains("rank 15: ") && found.hover[0].hasSuffix("times the mean"), "\(found.hover)")
  }

  @Test func `on paper nothing is cut off, and a PDF is made`() throws {
    // A4 less its margins, at 96 dots an inch.
    let found = try Self.probe(width: 703, asPrinted: true)
    #expect(found.wide.isEmpty && found.scrolls <= found.width, "\(found.wide)")
    let scratch = try Scratch()
    let file = try scratch.file("page.html", Self.page.get())
    let paper = scratch.folder.appendingPathComponent("page.pdf")
    _ = try Chromium.open(URL(fileURLWithPath: file), "--print-to-pdf=\(paper.path)")
    #expect(try Data(contentsOf: paper).prefix(5) == Data("%PDF-".utf8))
  }
}
