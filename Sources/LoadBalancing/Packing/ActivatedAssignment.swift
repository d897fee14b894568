/// Gives every activated expert, one that some token visits, to exactly one of the ranks that hold it, so that the rank
/// with the most of them has few: in memory-bound decode a rank takes as long as it has expert weights to read.
///
/// `greedy` takes experts with few ranks first, lowest id among equals, each to its rank with the fewest so far, lowest
/// rank among equals. `exact` is a matching of experts with ranks of the least capacity that fits: `MinMaxAssignment` of
/// one token an expert.
///
/// Source: METRO, arXiv 2512.09277, whose algorithm has no public code; the order of `greedy` is ours.
///
/// Scratch space of one thread.
///
/// - Complexity: `greedy` O(slots), `exact` that of `MinMaxAssignment`.
struct ActivatedAssignment {
  enum Solver: String, CaseIterable, Sendable {
    case greedy, exact
  }

  let solver: Solver
  private var graph = ReplicaGraph()
  private var exact = MinMaxAssignment()
  /// `[experts]` those with few ranks first.
  private var order: [Int] = []
  /// `[ranks]` experts given so far.
  private var experts: [Int] = []
  /// `[experts]` 1 for those that are activated.
  private var activated: [Int] = []
  /// `[experts]` the slot of each activated expert; of others any.
  private(set) var slots: [UInt16] = []

  init(solver: Solver) { self.solver = solver }

  /// Gives `slots`.
  ///
  /// - Parameter isActivated: of an expert of the placement.
  mutating func solve(on placement: LayerPlacement, _ isActivated: (_ expert: Int) -> Bool) {
    if !graph.isMade(for: placement) { adopt(placement) }
    for expert in activated.indices { activated[expert] = isActivated(expert) ? 1 : 0 }
    switch solver {
    case .greedy: giveInOrder()
    case .exact: giveByMatching()
    }
  }

  private mutating func adopt(_ placement: LayerPlacement) {
    graph.make(for: placement)
    let ranksOf = (0..<graph.experts).map { graph.edges(ofExpert: $0).count }
    order = ranksOf.indices.sorted { (ranksOf[$0], $0) < (ranksOf[$1], $1) }
    activated = Array(repeating: 0, count: graph.experts)
    slots = Array(repeating: 0, count: graph.experts)
  }

  private mutating func giveInOrder() {
    experts.refill(0, count: graph.ranks)
    for expert in order where activated[expert] == 1 {
      var best = graph.edges(ofExpert: expert).lowerBound
      for edge in graph.edges(ofExpert: expert).dropFirst() {
        if experts[Int(graph.edges[edge].rank)] < experts[Int(graph.edges[best].rank)] { best = edge }
      }
      experts[Int(graph.edges[best].rank)] += 1
      slots[expert] = graph.edges[best].slot
    }
  }

  private mutating func giveByMatching() {
    exact.solve(activated, on: graph)
    for (edge, taken) in zip(graph.edges, exact.flow) where taken > 0 { slots[Int(edge.expert)] = edge.slot }
  }
}
