import Diagnostics
import Studies
import Testing

/// When a strategy is recommended: the rule's cases, and its laws.
@Suite struct VerdictTests {
  static let rule = VerdictRule(horizon: 3600)

  @Test(
    arguments: [
      (0.02, 0.08, 60.0, Finding.gains), (0.002, 0.008, 60, .gains), (0.02, 0.08, 3600, .gains),
      (0.02, 0.08, 3601, .paysTooLate), (0.02, 0.08, nil, .paysTooLate), (0.002, 0.008, 3601, .tooLittle),
      (-0.02, 0.009, 60, .tooLittle), (-0.02, -0.001, nil, .loses), (-0.02, 0.01, 60, .unsure), (0, 0.05, 60, .unsure),
      (nil, nil, 60, .noInterval),
    ] as [(Double?, Double?, Double?, Finding)])
  func `every case has its finding`(low: Double?, high: Double?, breakEven: Double?, finding: Finding) {
    let gain = low.flatMap { low in high.map { low...$0 } }
    #expect(Self.rule.finding(of: Evidence(gain: gain, breakEven: breakEven)) == finding)
  }

  private static let centres = (-40...40).map { Double($0) / 400 }
  private static let widths = [0.0, 0.001, 0.004, 0.01, 0.05]
  private static let times: [Double?] = [1, 3599, 3600, 3601, 1e6, nil]

  private static func verdict(_ centre: Double, _ width: Double, _ breakEven: Double?, horizon: Double = 3600)
    -> Verdict
  {
    let evidence = Evidence(gain: centre - width...centre + width, breakEven: breakEven)
    return VerdictRule(horizon: horizon).finding(of: evidence).verdict
  }

  @Test func `more gain never speaks against a strategy`() {
    for width in Self.widths {
      for time in Self.times {
        let verdicts = Self.centres.map { Self.verdict($0, width, time) }
        #expect(zip(verdicts, verdicts.dropFirst()).allSatisfy { $0 <= $1 }, "\(width), \(time ?? -1)")
      }
    }
  }

  @Test func `a longer horizon or an earlier break-even never speaks against a strategy`() {
    for centre in Self.centres {
      for width in Self.widths {
        let byHorizon = [1.0, 60, 3600, 1e9].map { Self.verdict(centre, width, 90, horizon: $0) }
        let byTime = [nil, 1e6, 3600, 1].map { Self.verdict(centre, width, $0) }
        for verdicts in [byHorizon, byTime] {
          #expect(zip(verdicts, verdicts.dropFirst()).allSatisfy { $0 <= $1 }, "\(centre) ± \(width)")
        }
      }
    }
  }

  @Test func `a narrower interval decides no less`() {
    for centre in Self.centres {
      for time in [1.0, nil] {
        let undecided = Self.widths.map { Self.verdict(centre, $0, time) == .notEnoughEvidence }
        #expect(zip(undecided, undecided.dropFirst()).allSatisfy { !$0 || $1 }, "\(centre), \(time ?? -1)")
      }
    }
  }

  @Test func `every verdict can be reached, and findings agree with it`() {
    #expect(Set(Finding.allCases.map(\.verdict)) == Set(Verdict.allCases))
    #expect(Verdict.doNot < .notEnoughEvidence && .notEnoughEvidence < .recommend)
  }

  @Test(arguments: [("1h", 3600), ("30min", 1800), ("30 min", 1800), ("90s", 90), ("1.5 d", 129_600)])
  func `horizons have units`(text: String, seconds: Double) throws {
    #expect(try Horizon(text).seconds == seconds)
  }

  @Test(arguments: ["", "1", "h", "1m", "1 hour", "-1h", "0s", "1e3s", "nan h", "40000d"])
  func `a horizon without a unit, or out of range, is refused in one line`(text: String) {
    let error = #expect(throws: InputError.self) { try Horizon(text) }
    #expect(error?.status == .usage && error?.subject == "--horizon" && error?.message.contains("'\(text)'") == true)
  }
}
