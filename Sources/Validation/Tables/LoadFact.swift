/// What a column can tell about the load that a row was measured under; taken as given, never generated.
public enum LoadFact: String, CaseIterable, Hashable, Sendable {
  /// Different tokens with at least one choice on the rank with most visits.
  case hottestRankTokens = "hottest_rank_tokens"
  /// Visits of the rank with most, experts with a visit on it, and visits of the most visited expert.
  case hottestRankVisits = "hottest_rank_visits"
  case hottestRankExperts = "hottest_rank_experts"
  case hottestExpertVisits = "hottest_expert_visits"
  /// Experts with a visit on the rank with most such, tiles of whole rows on the rank with most, and rows of a tile.
  case maxRankExperts = "max_rank_experts"
  case maxRankTiles = "max_rank_tiles"
  case tileRows = "tile_rows"
  /// Visits that cross ranks: most into one, most out of one.
  case maxVisitsReceived = "max_visits_received"
  case maxVisitsSent = "max_visits_sent"
  /// The same with the copies of a token to one rank merged.
  case maxTokensReceived = "max_tokens_received"
  case maxTokensSent = "max_tokens_sent"

  static let ofRank: [LoadFact] = [
    .hottestRankTokens, .hottestRankVisits, .hottestRankExperts, .hottestExpertVisits, .maxRankExperts, .maxRankTiles,
    .tileRows,
  ]
  static let ofPorts: [LoadFact] = [
    .maxVisitsReceived, .maxVisitsSent, .maxTokensReceived, .maxTokensSent,
  ]
}
