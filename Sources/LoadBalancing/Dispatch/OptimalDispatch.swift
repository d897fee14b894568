import Diagnostics

/// The assignment that minimises the most loaded rank of the layer and step: `MinMaxAssignment` decides how many visits
/// each replica takes, and each token then takes its turn where it costs the fewest copies.
///
/// A visit goes to a replica on a rank where the token goes anyway, else on its source, else on a node where it goes
/// anyway or the source's node, if such a replica has visits left, or its rank is not yet among the most loaded: it
/// then takes the visit over from a replica that has. Otherwise it goes to any replica with visits left. Among equals
/// an expert's replicas take turns, those with many visits left before others. Tokens choose in their order, so the
/// copies are few, not fewest.
///
/// - Complexity: that of `MinMaxAssignment`, plus O(visits) on up to 64 ranks, else O(visits · replicas).
public struct OptimalDispatch: ReplicaDispatch {
  private(set) var graph = ReplicaGraph()
  var assignment = MinMaxAssignment()
  /// `[experts]` visits.
  var counts: [Int] = []
  /// `[experts]`.
  private(set) var homes: [ExpertHome] = []
  /// `[edges]` of the graph.
  var turns: [ReplicaTurn] = []
  /// `[ranks]` visits that a rank may take beyond its turns without becoming the most loaded.
  var room: [Int32] = []
  /// `[experts]` and `[split experts][64]`: for as many ranks as a word has bits.
  var replicaMasks: [ReplicaMask] = []
  var turnOfRank: [ReplicaTurn] = []
  /// `[experts]`, and `[ranks]` the ranks of each rank's node.
  private(set) var fixed: [FixedVisit] = []
  private(set) var nodeMasks: [UInt64] = []
  /// `[ranks + nodes]` how near they are to the current token: for more ranks.
  var nearness: [Int32] = []

  public let overheadMicroseconds: Double

  /// - Parameter overheadMicroseconds: to add up the load of all ranks and to solve, per step and layer.
  public init(overheadMicroseconds: Double) { self.overheadMicroseconds = overheadMicroseconds }

  public init() { self.init(overheadMicroseconds: 0) }

  /// `optimal` from the load that a section names.
  static func recipe(_ settings: Settings) throws(InputError) -> DispatchRecipe {
    let origin = try LoadOrigin(settings: settings)
    let overhead = try settings.optionalNumber("overheadMicroseconds", in: 0...1e9) ?? 0
    guard origin != .step else { return { OptimalDispatch(overheadMicroseconds: overhead) } }
    guard overhead == 0 else {
      throw settings.error("nothing is solved on the way with from: \(origin.rawValue)", at: "overheadMicroseconds")
    }
    return { StaleOptimalDispatch(from: origin) }
  }

  /// Tables that depend on nothing but the placement.
  mutating func adopt(_ placement: LayerPlacement) {
    graph.make(for: placement)
    turns = graph.edges.map { ReplicaTurn(left: 0, slot: $0.slot, rank: $0.rank) }
    homes = (0..<graph.experts).map { expert in
      let edges = graph.edges(ofExpert: expert)
      let first = graph.edges[edges.lowerBound]
      return ExpertHome(
        slot: first.slot, rank: first.rank, firstTurn: Int32(edges.lowerBound), replicas: Int32(edges.count))
    }
    guard placement.ranks <= UInt64.bitWidth else { return }
    replicaMasks = Array(repeating: ReplicaMask(), count: graph.experts)
    turnOfRank = Array(
      repeating: ReplicaTurn(left: 0, slot: 0, rank: 0), count: graph.splitExperts.count * UInt64.bitWidth)
    for (row, expert) in graph.splitExperts.enumerated() {
      replicaMasks[Int(expert)].firstTurn = UInt32(row * UInt64.bitWidth)
      for edge in graph.edges(ofExpert: Int(expert)) {
        turnOfRank[row * UInt64.bitWidth + Int(turns[edge].rank)] = turns[edge]
        replicaMasks[Int(expert)].all |= 1 << UInt64(turns[edge].rank)
      }
    }
  }

  mutating func prepareMasks(_ ranksPerNode: Int) {
    for expert in graph.splitExperts {
      var mask = replicaMasks[Int(expert)]
      mask.available = 0
      for edge in graph.edges(ofExpert: Int(expert)) {
        let rank = Int(turns[edge].rank)
        let left = Int32(truncatingIfNeeded: assignment.flow[edge])
        turnOfRank[Int(mask.firstTurn) + rank].left = left
        mask.available |= left > 0 ? 1 << UInt64(rank) : 0
      }
      mask.next = UInt8(truncatingIfNeeded: homes[Int(expert)].rank)
      mask.probe = mask.next
      replicaMasks[Int(expert)] = mask
    }
    markNodes(ranksPerNode)
  }

  private mutating func markNodes(_ ranksPerNode: Int) {
    let node = UInt64.max >> UInt64(max(0, UInt64.bitWidth - ranksPerNode))
    nodeMasks.removeAll(keepingCapacity: true)
    for rank in 0..<graph.ranks { nodeMasks.append(node << UInt64(rank / ranksPerNode * ranksPerNode)) }
    fixed.removeAll(keepingCapacity: true)
    for home in homes {
      fixed.append(
        home.replicas > 1
          ? FixedVisit()
          : FixedVisit(
            rank: 1 << UInt64(home.rank), node: nodeMasks[Int(home.rank)], slot: home.slot, isSplit: 0))
    }
  }

  mutating func prepareStamps(_ ranksPerNode: Int) {
    for edge in turns.indices { turns[edge].left = Int32(truncatingIfNeeded: assignment.flow[edge]) }
    nearness.refill(0, count: graph.ranks + (graph.ranks + ranksPerNode - 1) / ranksPerNode)
  }

  public var dependsOnSource: Bool { false }

  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    Self.shares(placement: context.placement, load: load)
  }

  /// `[slots]` the shares that minimise the most loaded rank when tokens can be divided; equal for experts without
  /// load.
  static func shares(placement: LayerPlacement, load: [Double]) -> [Double] {
    let total = load.reduce(0, +)
    let scale = total > 0 ? 0x1p46 / total : 0
    let counts = load.map { Int($0 * scale) }
    var graph = ReplicaGraph()
    graph.make(for: placement)
    var assignment = MinMaxAssignment()
    assignment.solve(counts, on: graph)
    let tokens = assignment.tokens(on: graph, slots: placement.slots)
    return placement.physicalToLogical.enumerated().map { slot, expert in
      counts[expert] > 0
        ? Double(tokens[slot]) / Double(counts[expert]) : 1 / Double(placement.slots(ofExpert: expert).count)
    }
  }
}
