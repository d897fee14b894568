import Diagnostics

/// Balances one layer of one step from that step's own visits, when the gate has decided: weights of some experts are
/// fetched to other ranks, used once and overwritten by the next layer. What is at home stays.
///
/// A plan depends on nothing but the visits, so it knows nothing of the steps to come, and nothing is kept.
public protocol ExactPlanner: Sendable {
  /// Which rank computes how many of each expert's visits.
  ///
  /// - Parameter ranksPerNode: ranks that share a scale-up domain.
  func plan(_ visits: LayerVisits, ranksPerNode: Int) -> ExactPlan

  /// Slots for arrivals that every rank keeps free; nil for as many as a layer needs.
  func arrivalSlots(homeExperts: Int) -> Int?

  /// How weights come to those who fetch them.
  var fetching: WeightFetching { get }

  /// Why it would not run on such a group; nil if it would.
  func objection(experts: Int, ranks: Int, ranksPerNode: Int) -> String?

  /// What its publication does not have of what a replay of it on such a group prices; nil if there is nothing.
  func remark(ranks: Int, ranksPerNode: Int) -> String?
}

extension ExactPlanner {
  public var fetching: WeightFetching { .fromHome }
  public func objection(experts: Int, ranks: Int, ranksPerNode: Int) -> String? { nil }
  public func remark(ranks: Int, ranksPerNode: Int) -> String? { nil }
}

/// Where the weights of a fetched expert come from.
public enum WeightFetching: Equatable, Sendable {
  /// The rank that it is at home on sends it to every rank that fetches it.
  case fromHome
  /// The same, but some of those who fetch an expert pass it on: see `WeightRelays`.
  case throughRelays
  /// The memory of the host, at so many bytes per microsecond into each rank.
  case fromHost(bandwidth: Double)
}
