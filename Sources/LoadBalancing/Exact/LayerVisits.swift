/// Visits of one layer of one step by the rank that their tokens start on, as ranks tell each other after the gate.
public struct LayerVisits: Equatable, Sendable {
  public let ranks: Int
  public let experts: Int
  /// `[ranks][experts]` visits, row = source.
  public let counts: [Int]
  /// `[experts]` visits, summed over sources.
  public let totals: [Int]

  /// - Precondition: `[ranks][experts]` counts of 0 or more, and as many experts on every rank.
  public init(ranks: Int, experts: Int, counts: [Int]) {
    precondition(counts.count == ranks * experts && experts % ranks == 0)
    self.ranks = ranks
    self.experts = experts
    self.counts = counts
    totals = Self.totals(of: counts, experts: experts)
  }

  /// Experts that every rank has to begin with: expert e is at home on rank ⌊e / homeExperts⌋.
  public var homeExperts: Int { experts / ranks }

  public func home(ofExpert expert: Int) -> Int { expert / homeExperts }

  /// The experts at home on `rank`.
  public func experts(atHomeOn rank: Int) -> Range<Int> { rank * homeExperts..<(rank + 1) * homeExperts }

  public func count(from source: Int, ofExpert expert: Int) -> Int { counts[source * experts + expert] }

  /// `[ranks]` visits of the experts at home on each.
  public var homeLoads: [Int] {
    (0..<ranks).map { rank in
      var sum = 0
      for expert in experts(atHomeOn: rank) { sum += totals[expert] }
      return sum
    }
  }
}
