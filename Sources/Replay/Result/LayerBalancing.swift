/// What an exact planner did to one layer of one step.
package struct LayerBalancing: Sendable {
  package init() {}

  /// Experts fetched, and those of them that crossed nodes.
  package var fetched = 0.0
  package var fetchedAcross = 0.0
  /// Experts through the port that had most, sent or received.
  package var busiestPort = 0.0
  /// Experts that arrived at the rank with most.
  package var mostArrivals = 0.0
  /// Visits that the most loaded rank would have had with all experts at home.
  package var homePeak = 0.0
  /// Microseconds of the fetches, and what of them nothing hid.
  package var fetchTime = 0.0
  package var shownFetch = 0.0
  /// Microseconds of arithmetic that the most loaded rank was spared; not a number where GPUs are not described.
  package var saved = 0.0
}
