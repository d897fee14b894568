/// What a choice of sources came to over some steps.
package struct SourceSurvey: Sendable {
  package let assignment: SourceAssignment
  /// Those that gave a step's sources, in the order of `SourceRule`.
  package var rules: [SourceRule] { SourceRule.allCases.filter(seen.contains) }
  /// The busiest rank's tokens in a step over the mean, on average over tokens; 1 for counts.
  package var busiest: Double { spread.source }
  /// Whether sources were recorded on more ranks than there are.
  package private(set) var isFolded = false
  private var seen: Set<SourceRule> = []
  private var spread: SourceSpread

  package init(_ assignment: SourceAssignment) {
    self.assignment = assignment
    spread = SourceSpread(ranks: assignment.ranks, ranksPerNode: assignment.ranks)
  }

  package mutating func add(_ sources: SourceRanks) {
    seen.insert(sources.rule)
    isFolded = isFolded || sources.isFolded
    spread.add(sources.ranks)
  }
}
