import CommandRunner
import Foundation
import Testing

/// The page works in a browser: a script put into it uses what a reader uses, and notes what it finds.
@Suite(.enabled(if: Chromium.isExpected)) struct PageConformanceTests {
  /// What the script found.
  private struct Found: Decodable {
    var errors: [String]
    var hidden: Int
    var shownAgain: Int
    var focusable: Int
    var layer: [String]
    var step: [String]
    var together: Int
    var cell: [String]
    var hover: [String]
  }

  private static let script = #"""
    const slide = (slider, value) => { slider.focus(); slider.value = value; slider.dispatchEvent(new Event("input")); };
    const text = (id) => document.querySelector(`#r0-${id} .readout`).textContent;
    const found = { errors };
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
    return found;
    """#

  @Test func `toggles, sliders, arrow keys and the mouse do what they say`() throws {
    let found = try BrowsedPage.Kind.replay.page().found(Found.self, width: 1280, by: Self.script)
    #expect(found.errors.isEmpty && found.hidden == 0 && found.shownAgain > 10 && found.focusable == 0)
    #expect(found.layer[0] != found.layer[1] && !found.layer[1].isEmpty)
    #expect(found.step[0] != found.step[1] && found.step[1].contains("static "))
    #expect(found.together == 0)
    #expect(found.cell[0].hasPrefix("static: from rank 1, to rank 2: "), "\(found.cell)")
    #expect(found.hover[0].contains("rank 15: ") && found.hover[0].hasSuffix("times the mean"), "\(found.hover)")
  }

  /// What the script found.
  private struct Toggled: Decodable {
    var before: [Int]
    var hidden: [Int]
    var after: [Int]
  }

  @Test func `a policy is switched off in every chart of several results`() throws {
    let found = try BrowsedPage.Kind.comparison.page().found(
      Toggled.self, width: 1280,
      by: #"""
        const visible = () => ["#all-gains", "#all-matrix", "#all-totals", "#r0-totals", "#r1-step-times"].map((chart) =>
          all(`${chart} [data-policy="1"]`).filter((mark) => mark.getBoundingClientRect().width > 0).length);
        const found = { before: visible() }, box = document.querySelector('[data-toggles="1"]');
        box.click();
        found.hidden = visible();
        box.click();
        return { ...found, after: visible() };
        """#)
    #expect(found.before.allSatisfy { $0 > 0 } && found.hidden.allSatisfy { $0 == 0 } && found.after == found.before)
  }
}
