/// The assignment that minimises the most loaded rank of the layer and step: `MinMaxAssignment` decides how many visits
/// each replica takes, and each token then takes its turn where it costs the fewest copies.
///
/// A visit goes to a replica on a rank where the token goes anyway, else on its source, else on a node where it goes anyway
/// or the source's node, if such a replica has visits left, or its rank is not yet among the most loaded: it then takes the
/// visit over from a replica that has. Otherwise it goes to any replica with visits left. Among equals an expert's replicas
/// take turns, those with many visits left before others. Tokens choose in their order, so the copies are few, not fewest.
///
/// - Complexity: that of `MinMaxAssignment`, plus O(visits) on up to 64 ranks, else O(visits · replicas).
public struct OptimalDispatch: ReplicaDispatch {
  private var graph = ReplicaGraph()
  private var assignment = MinMaxAssignment()
  /// `[experts]` visits.
  private var counts: [Int] = []
  /// `[experts]`.
  private var homes: [ExpertHome] = []
  /// `[edges]` of the graph.
  private var turns: [ReplicaTurn] = []
  /// `[ranks]` visits that a rank may take beyond its turns without becoming the most loaded.
  private var room: [Int32] = []
  /// `[experts]` and `[experts][ranks]` the edge to a rank: for as many ranks as a word has bits.
  private var replicaMasks: [ReplicaMask] = []
  private var edgeToRank: [UInt16] = []
  /// `[ranks + nodes]` how near they are to the current token: for more ranks.
  private var nearness: [Int32] = []

  public init() {}

  static let recipe: DispatchRecipe = { OptimalDispatch() }

  public mutating func assign(
    experts: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    placement: LayerPlacement, ranksPerNode: Int, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    if !graph.isMade(for: placement) { adopt(placement) }
    counts.refill(0, count: placement.experts)
    counts.withUnsafeMutableBufferPointer { counts in
      for expert in experts { counts[Int(expert)] += 1 }
    }
    counts.withUnsafeBufferPointer { assignment.solve($0, on: graph) }
    room.removeAll(keepingCapacity: true)
    for tokens in assignment.rankTokens { room.append(Int32(truncatingIfNeeded: assignment.level - tokens)) }
    for edge in turns.indices { turns[edge].left = Int32(truncatingIfNeeded: assignment.flow[edge]) }
    let visits = DispatchVisits(
      experts: experts, topK: topK, sources: sources, ranksPerNode: ranksPerNode, slots: slots)
    if placement.ranks <= UInt64.bitWidth { chooseByMasks(visits) } else { chooseByStamps(visits) }
  }

  /// Tables that depend on nothing but the placement.
  private mutating func adopt(_ placement: LayerPlacement) {
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
    edgeToRank = Array(repeating: 0, count: graph.experts * graph.ranks)
    for (index, edge) in graph.edges.enumerated() {
      replicaMasks[Int(edge.expert)].all |= 1 << UInt64(edge.rank)
      edgeToRank[Int(edge.expert) * graph.ranks + Int(edge.rank)] = UInt16(truncatingIfNeeded: index)
    }
  }

  private mutating func chooseByMasks(_ visits: DispatchVisits) {
    for expert in replicaMasks.indices {
      replicaMasks[expert].available = 0
      replicaMasks[expert].next = UInt64(homes[expert].rank)
      replicaMasks[expert].probe = UInt64(homes[expert].rank)
    }
    for edge in graph.edges where turns[Int(edgeToRank[Int(edge.expert) * graph.ranks + Int(edge.rank)])].left > 0 {
      replicaMasks[Int(edge.expert)].available |= 1 << UInt64(edge.rank)
    }
    let ranks = graph.ranks
    homes.withUnsafeBufferPointer { homes in
      turns.withUnsafeMutableBufferPointer { turns in
        room.withUnsafeMutableBufferPointer { room in
          replicaMasks.withUnsafeMutableBufferPointer { masks in
            edgeToRank.withUnsafeBufferPointer { edgeToRank in
              var chooser = MaskChooser(
                visits: visits, ranks: ranks, homes: homes, turns: turns, room: room, masks: masks,
                edgeToRank: edgeToRank)
              chooser.run()
            }
          }
        }
      }
    }
  }

  private mutating func chooseByStamps(_ visits: DispatchVisits) {
    nearness.refill(0, count: graph.ranks + (graph.ranks + visits.ranksPerNode - 1) / visits.ranksPerNode)
    let ranks = graph.ranks
    homes.withUnsafeBufferPointer { homes in
      turns.withUnsafeMutableBufferPointer { turns in
        room.withUnsafeMutableBufferPointer { room in
          nearness.withUnsafeMutableBufferPointer { nearness in
            let chooser = StampChooser(
              visits: visits, ranks: ranks, homes: homes, turns: turns, room: room, nearness: nearness)
            chooser.run()
          }
        }
      }
    }
  }

  public var dependsOnSource: Bool { false }

  public func expectedShares(
    placement: LayerPlacement, load: [Double], source: Int, ranksPerNode: Int
  ) -> [Double] {
    Self.shares(placement: placement, load: load)
  }

  /// `[slots]` the shares that minimise the most loaded rank when tokens can be divided; equal for experts without load.
  static func shares(placement: LayerPlacement, load: [Double]) -> [Double] {
    let total = load.reduce(0, +)
    let scale = total > 0 ? 0x1p46 / total : 0
    let counts = load.map { Int($0 * scale) }
    var graph = ReplicaGraph()
    graph.make(for: placement)
    var assignment = MinMaxAssignment()
    counts.withUnsafeBufferPointer { assignment.solve($0, on: graph) }
    let tokens = assignment.tokens(on: graph, slots: placement.slots)
    return placement.physicalToLogical.enumerated().map { slot, expert in
      counts[expert] > 0
        ? Double(tokens[slot]) / Double(counts[expert]) : 1 / Double(placement.slots(ofExpert: expert).count)
    }
  }
}
