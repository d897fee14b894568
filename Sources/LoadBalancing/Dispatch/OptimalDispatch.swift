/// The assignment that minimises the most loaded rank of the layer and step: `MinMaxAssignment` decides how many visits
/// each replica takes, and each token then takes its turn where it costs the fewest copies.
///
/// A visit goes to a replica with visits left that is on a rank where the token goes anyway, else on its source, else on
/// a node where it goes anyway or the source's node, else where most visits are left; lowest slot first.
///
/// - Complexity: that of `MinMaxAssignment`, plus O(visits · replicas).
public struct OptimalDispatch: ReplicaDispatch {
  private var assignment = MinMaxAssignment()
  private var counts: [Int] = []
  private var turns: [Turn] = []
  /// `[ranks]` and `[nodes]` the last token that goes there, 1-based.
  private var lastTokenToRank: [Int32] = []
  private var lastTokenToNode: [Int32] = []

  /// The slot at a position of `slotsByExpert`, where it is, and the visits that it still takes.
  private struct Turn {
    var left: Int32
    var slot: UInt16
    var rank: UInt16
    var node: UInt16
  }

  public init() {}

  static let recipe: DispatchRecipe = { OptimalDispatch() }

  public mutating func assign(
    experts: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    placement: LayerPlacement, ranksPerNode: Int, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    prepare(experts, placement, ranksPerNode: ranksPerNode)
    placement.withTables { tables in
      turns.withUnsafeMutableBufferPointer { turns in
        lastTokenToRank.withUnsafeMutableBufferPointer { lastTokenToRank in
          lastTokenToNode.withUnsafeMutableBufferPointer { lastTokenToNode in
            let state = Tokens(
              experts: experts, tables: tables, turns: turns, lastTokenToRank: lastTokenToRank,
              lastTokenToNode: lastTokenToNode, slots: slots)
            for token in 0..<sources.count {
              let source = Int(sources[token])
              state.assign(
                token, visits: token * topK..<(token + 1) * topK, source: source, node: source / ranksPerNode)
            }
          }
        }
      }
    }
  }

  private mutating func prepare(
    _ experts: UnsafeBufferPointer<UInt16>, _ placement: LayerPlacement, ranksPerNode: Int
  ) {
    counts.refill(0, count: placement.experts)
    counts.withUnsafeMutableBufferPointer { counts in
      for expert in experts { counts[Int(expert)] += 1 }
    }
    counts.withUnsafeBufferPointer { assignment.solve($0, placement: placement) }
    turns.removeAll(keepingCapacity: true)
    let slotsPerRank = placement.slotsPerRank
    for slot in placement.slotsByExpert {
      let rank = slot / slotsPerRank
      turns.append(
        Turn(
          left: Int32(assignment.tokens[slot]), slot: UInt16(truncatingIfNeeded: slot),
          rank: UInt16(truncatingIfNeeded: rank), node: UInt16(truncatingIfNeeded: rank / ranksPerNode)))
    }
    lastTokenToRank.refill(0, count: placement.ranks)
    lastTokenToNode.refill(0, count: placement.ranks / ranksPerNode)
  }

  /// The loop over visits on plain memory.
  private struct Tokens {
    let experts: UnsafeBufferPointer<UInt16>
    let tables: PlacementTables
    let turns: UnsafeMutableBufferPointer<Turn>
    let lastTokenToRank: UnsafeMutableBufferPointer<Int32>
    let lastTokenToNode: UnsafeMutableBufferPointer<Int32>
    let slots: UnsafeMutableBufferPointer<UInt16>

    @inline(__always)
    func assign(_ token: Int, visits: Range<Int>, source: Int, node: Int) {
      let stamp = Int32(truncatingIfNeeded: token + 1)
      lastTokenToNode[node] = stamp
      var isSplit = false
      for visit in visits {
        let replicas = tables.positions(ofExpert: Int(experts[visit]))
        if replicas.count == 1 { go(stamp, visit, replicas.lowerBound) } else { isSplit = true }
      }
      guard isSplit else { return }
      for visit in visits {
        let replicas = tables.positions(ofExpert: Int(experts[visit]))
        if replicas.count > 1 { go(stamp, visit, cheapest(replicas, stamp, source)) }
      }
    }

    @inline(__always)
    private func go(_ stamp: Int32, _ visit: Int, _ position: Int) {
      turns[position].left -= 1
      slots[visit] = turns[position].slot
      lastTokenToRank[Int(turns[position].rank)] = stamp
      lastTokenToNode[Int(turns[position].node)] = stamp
    }

    @inline(__always)
    private func cheapest(_ replicas: Range<Int>, _ stamp: Int32, _ source: Int) -> Int {
      var best = replicas.lowerBound
      var bestScore = Int64.min
      for position in replicas {
        let turn = turns[position]
        let onNode: Int64 = lastTokenToNode[Int(turn.node)] == stamp ? 1 : 0
        let onSource: Int64 = Int(turn.rank) == source ? 2 : onNode
        let grade: Int64 = lastTokenToRank[Int(turn.rank)] == stamp ? 3 : onSource
        let score = turn.left > 0 ? grade << 32 | Int64(turn.left) : Int64.min
        if score > bestScore {
          bestScore = score
          best = position
        }
      }
      return best
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
    var assignment = MinMaxAssignment()
    counts.withUnsafeBufferPointer { assignment.solve($0, placement: placement) }
    return placement.physicalToLogical.enumerated().map { slot, expert in
      counts[expert] > 0
        ? Double(assignment.tokens[slot]) / Double(counts[expert]) : 1 / Double(placement.slots(ofExpert: expert).count)
    }
  }
}
