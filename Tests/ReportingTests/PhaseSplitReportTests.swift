import Foundation
import Reporting
import Studies
import Testing

/// What a person who reads one line takes home of prefill and decode apart.
@Suite struct PhaseSplitReportTests {
  private static func layout(goodput: Double, tpot: Double, kv: Bool = true) -> String {
    let phase = """
      {"ranks": 16, "replicas": 2, "policy": "static", "batchSize": 1, "stepTokens": 9, "stepTime": 9, \
      "tokensPerSecond": 9, "busy": 0.5}
      """
    return """
      {"prefill": \(phase), "decode": \(phase), "gpus": 64, "ttft": 150000, "tpot": \(tpot), \
      \(kv ? #""kv": {"bytes": 9, "time": 9, "exposed": 1},"# : "") "requestsPerSecond": \(64 * goodput), \
      "goodputPerGPU": \(goodput), "limitedBy": "ttft"}
      """
  }

  private static func report(
    together: Double?, targets: String = #"{"tpot": 50000}"#, untargeted: Bool = true
  ) throws -> PhaseSplitReport {
    let apart = layout(goodput: 0.5, tpot: 40_000)
    let shared = together.map { #""together": \#(layout(goodput: $0, tpot: 49_000, kv: false)),"# } ?? ""
    let free = layout(goodput: 0.8, tpot: 300_000, kv: false)
    let json = """
      {"trace": "t", "prefillTrace": "p", "cluster": "c", "model": "m", "gpus": 64, "input": 4096, "output": 256, \
      "cached": 0.25, "targets": \(targets), "tried": 4, "split": \(apart), "front": [\(apart)], \(shared) \
      \(untargeted ? #""withoutTargets": {"split": \#(layout(goodput: 0.6, tpot: 60_000)), "together": \#(free)},"# : "") \
      "notes": ["a note"]}
      """
    return PhaseSplitReport(try JSONDecoder().decode(PhaseSplit.self, from: Data(json.utf8)))
  }

  @Test func `apart is held against together, within the targets and without`() throws {
    let text = try Self.report(together: 0.25).text().replacing("\n", with: " ")
    #expect(text.contains("prefill on 2 × 16 GPUs and decode on 2 × 16 serve 32.0 requests/s, 0.500 a GPU."))
    #expect(text.contains("for both phases: +100.0 % within the targets, −25.0 % without."))
    #expect(text.contains("4,096 tokens in, 25.0 % of it cached, 256 out; targets TPOT 50.0 ms"))
    #expect(text.contains("Note: a note"))
  }

  @Test func `where nothing is to be kept, one comparison is made`() throws {
    let text = try Self.report(together: 0.25, targets: "{}", untargeted: false).text().replacing("\n", with: " ")
    #expect(text.contains("for both phases: +100.0 %.") && text.contains("256 out; no targets"))
    #expect(!text.contains("within the targets"))
  }

  @Test func `where together keeps no target, that is said`() throws {
    let text = try Self.report(together: nil).text().replacing("\n", with: " ")
    #expect(text.contains("for both phases: −25.0 % without. No ranks serve both phases within the targets."))
  }

  @Test func `the page draws every layout of the table, and the target`() throws {
    let page = try Self.report(together: 0.25).page()
    func count(_ text: String) -> Int { page.components(separatedBy: text).count - 1 }
    // Those within the targets twice: alone, and beside the others.
    #expect(count("class=\"dot ") == 6 && count("class=\"line\"") == 2)
    #expect(count("serve 32.0 requests/s, 0.500 a GPU.") == 1)
    for (kind, tpot) in [
      ("apart", "40.0"), ("together", "49.0"), ("apart, no targets", "60.0"), ("together, no targets", "300"),
    ] {
      #expect(page.contains("<title>\(kind): prefill on 2 × 16, decode on 2 × 16 GPUs;"))
      #expect(page.contains("a GPU, TPOT \(tpot) ms</title>"))
      #expect(page.contains("></i>\(kind)</span>"))
    }
    #expect(count(">target</text>") == 2 && page.contains("no layout beats 32.0 requests/s at 40.0 ms a token"))
    let free = try Self.report(together: nil, targets: "{}", untargeted: false).page()
    #expect(!free.contains(">target</text>") && free.components(separatedBy: "class=\"dot ").count == 2)
  }

  @Test func `a row of figures for each layout`() throws {
    let lines = try Self.report(together: 0.25).text(as: .csv).split(separator: "\n")
    #expect(lines.count == 5 && lines[0].hasPrefix("\"phases\",") || lines[0].hasPrefix("phases,"))
  }
}
