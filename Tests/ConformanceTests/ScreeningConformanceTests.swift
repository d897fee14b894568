import Foundation
import Studies
import Testing

/// vllm-ascend's screening, window by window: all cases of the shared file.
@Suite struct ScreeningConformanceTests {
  struct Case: Decodable, CustomTestStringConvertible, Sendable {
    struct Window: Decodable, Sendable {
      var number: Int
      var complete: Bool
      var placement: [[Int]]
      var history: [[Double]]
      var hot: [Int]
      var candidate: [[Int]]?
      var verdict: AscendScreening.Verdict
      var reason: AscendScreening.Reason
      var windows, pairs, imbalanced, improved, stable: Int
      var baselinePeak, candidatePeak: Double
    }

    var name: String
    var windows: [Window]

    var testDescription: String { name }
  }

  @Test func `every window of every case has the public rule's answer`() throws {
    let cases = try JSONDecoder().decode([Case].self, from: Shared.data("golden/screening.json"))
    #expect(!cases.isEmpty)
    for known in cases {
      var rule = AscendScreening()
      for window in known.windows {
        rule.add(
          .init(
            number: window.number, isComplete: window.complete, placement: window.placement, history: window.history))
        let place = Comment(rawValue: "\(known.name), window \(window.number)")
        #expect(rule.hot == window.hot, place)
        #expect((rule.candidate ?? []) == (window.candidate ?? []), place)
        #expect(rule.verdict == window.verdict && rule.reason == window.reason, place)
        let counts = [rule.windows, rule.pairs, rule.imbalanced, rule.improved, rule.stable]
        #expect(
          counts == [window.windows, window.pairs, window.imbalanced, window.improved, window.stable], place)
        #expect(rule.baselinePeak == window.baselinePeak && rule.candidatePeak == window.candidatePeak, place)
      }
    }
  }
}
