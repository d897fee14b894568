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
  /// `[experts]` and `[split experts][64]`: for as many ranks as a word has bits.
  private var replicaMasks: [ReplicaMask] = []
  private var turnOfRank: [ReplicaTurn] = []
  /// `[experts]`, and `[ranks]` the ranks of each rank's node.
  private var fixed: [FixedVisit] = []
  private var nodeMasks: [UInt64] = []
  /// `[ranks + nodes]` how near they are to the current token: for more ranks.
  private var nearness: [Int32] = []

  public init() {}

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

  private mutating func chooseByMasks(_ visits: DispatchVisits) {
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
    markNodes(visits.ranksPerNode)
    fixed.withUnsafeBufferPointer { fixed in
      nodeMasks.withUnsafeBufferPointer { nodeMasks in
        turnOfRank.withUnsafeMutableBufferPointer { turns in
          room.withUnsafeMutableBufferPointer { room in
            replicaMasks.withUnsafeMutableBufferPointer { masks in
              MaskChooser(visits: visits, nodeMasks: nodeMasks, fixed: fixed, turns: turns, room: room, masks: masks)
                .run()
            }
          }
        }
      }
    }
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

  private mutating func chooseByStamps(_ visits: DispatchVisits) {
    for edge in turns.indices { turns[edge].left = Int32(truncatingIfNeeded: assignment.flow[edge]) }
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

  /// `[slots]` the shares that minimise the most loaded rank when tokens can be divided; equal for experts without
  /// load.
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
