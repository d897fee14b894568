import Foundation
import RoutingTrace

extension ReplayResult {
  /// What the reader has to know of where tokens started: what is assumed for counts, or that they were uneven.
  public var sourceNotes: [String] {
    trace.content == TraceHeader.Content.counts.rawValue ? [Self.countsNote] : [sources?.note].compactMap(\.self)
  }

  package static let countsNote =
    "The trace holds counts: traffic is the expectation under independent routing and uniform sources."

  /// Where tokens started.
  public struct Sources: Codable, Equatable, Sendable {
    /// The rules that gave the sources of some step; see `SourceRule`.
    public var rules: [String]
    /// The tokens of a step's busiest rank over the mean of all ranks, on average over tokens.
    public var busiest: Double
    /// Ranks that share a token's attention, if more than one.
    public var attentionRanks: Int?

    /// How many times the mean the busiest source has to have for a note.
    private static let notable = 1.5

    /// What to say of sources that are uneven, which decide over communication as experts do; nil otherwise.
    public var note: String? {
      guard busiest > Self.notable else { return nil }
      let busiest = String(format: "%.1f", busiest)
      return "On average \(busiest) times the mean of a step's tokens start on the busiest rank (sources: "
        + rules.joined(separator: ", ") + "): what it sends may decide over communication, whatever a policy does."
    }

    /// Nil for counts, whose tokens start evenly.
    init?(_ survey: SourceSurvey, content: TraceHeader.Content) {
      guard content == .tokens else { return nil }
      let ranks = survey.assignment.sources.attentionRanks
      rules = survey.rules.map(\.rawValue)
      busiest = survey.busiest
      attentionRanks = ranks > 1 ? ranks : nil
    }
  }
}
