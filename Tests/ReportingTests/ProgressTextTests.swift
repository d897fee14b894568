import Diagnostics
import Reporting
import Testing

@Suite struct ProgressTextTests {
  static let known = WorkStanding(
    name: "replaying", unit: .steps, count: 1234, total: 2880, fraction: 0.4285, seconds: 4,
    rate: .init(308.5, .steps))

  @Test(
    "What matters least goes first where there is no room",
    arguments: [
      (80, "replaying: 42 %, 1,234 of 2,880 steps, 308 steps/s, 6 s left"),
      (60, "replaying: 42 %, 1,234 of 2,880 steps, 308 steps/s, 6 s left"),
      (59, "replaying: 42 %, 308 steps/s, 6 s left"), (37, "replaying: 42 %, 6 s left"), (24, "replaying: 42 %"),
      (14, "replaying"), (5, "repla"), (0, ""),
    ])
  func narrows(width: Int, line: String) { #expect(ProgressText.line(Self.known, width: width) == line) }

  @Test(
    "What is known is told",
    arguments: [
      (WorkStanding(name: "planning", seconds: 2.1), "planning: 3 s"),
      (WorkStanding(name: "reading", unit: .steps, seconds: 0.4), "reading: 1 s"),
      (
        WorkStanding(name: "reading", unit: .steps, count: 90, seconds: 2, rate: .init(45, .steps)),
        "reading: 90 steps, 45.0 steps/s"
      ),
      (
        WorkStanding(
          name: "reading", unit: .bytes, count: 12_300_000, total: 24_600_000, fraction: 0.5, seconds: 1,
          rate: .init(12.3e6, .bytes)), "reading: 50 %, 12.3 MB of 24.6 MB, 12.3 MB/s, 1 s left"
      ),
      // The rate of what is counted within.
      (
        WorkStanding(
          name: "sweeping", unit: .rows, count: 1, total: 3, fraction: 0.5, seconds: 100,
          rate: .init(123_456.7, .steps)), "sweeping: 50 %, 1 of 3 rows, 123,457 steps/s, 1 min 40 s left"
      ),
      (WorkStanding(name: "reading", unit: .steps, fraction: 0.5, seconds: 7500), "reading: 50 %, 2 h 5 min left"),
      // A hundredth tells nothing of the rest.
      (WorkStanding(name: "reading", unit: .steps, fraction: 0.004, seconds: 1), "reading: 0 %"),
    ])
  func tells(standing: WorkStanding, line: String) { #expect(ProgressText.line(standing, width: 79) == line) }

  @Test("No line is wider than the window", arguments: 0...100)
  func fits(width: Int) { #expect(ProgressText.line(Self.known, width: width).count <= width) }
}
