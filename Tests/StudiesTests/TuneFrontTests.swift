import Studies
import Testing

/// The front of a search is what no other candidate beats in every axis, of which cost is one where it is known.
@Suite struct TuneFrontTests {
  private static func candidate(_ name: String, total: Double, memory: Double, dollars: Double?) -> TuneJob.Candidate {
    TuneJob.Candidate(
      policy: name, total: total, improvement: 0, replicaBytesPerRank: memory, movedExperts: 3,
      costPerMillionTokens: dollars)
  }

  @Test func `who is slower stays on the front by being cheaper`() {
    let candidates = [
      Self.candidate("fast", total: 1, memory: 0, dollars: 3), Self.candidate("cheap", total: 2, memory: 0, dollars: 2),
      Self.candidate("neither", total: 2, memory: 0, dollars: 3),
    ]
    #expect(TuneJob.front(of: candidates).map(\.policy) == ["fast", "cheap"])
  }

  @Test func `without a price time, memory and moves decide`() {
    let candidates = [
      Self.candidate("fast", total: 1, memory: 5, dollars: nil),
      Self.candidate("slow", total: 2, memory: 5, dollars: nil),
      Self.candidate("small", total: 2, memory: 4, dollars: nil),
    ]
    #expect(TuneJob.front(of: candidates).map(\.policy) == ["fast", "small"])
  }
}
