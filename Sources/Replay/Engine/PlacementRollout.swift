import LoadBalancing

/// The placement in force, and the plan that is taking its place layer after layer.
///
/// Blocking moves change layers at once (`advance`). Overlapped moves are sent in the order of layers while the links are
/// free for them (`offer`), and a layer changes at the first step that begins after its last byte (`adoptArrived`).
package struct PlacementRollout {
  /// A layer on its way.
  private struct Move {
    let layer: Int
    let target: LayerPlacement
    let plan: Int
    /// Experts that ranks fetch for it.
    var sources = ExpertSources()
    /// `[ranks]` experts that arrive.
    var arrivals: [Int] = []
    /// Microseconds that are left to send.
    var remaining = 0.0
    var hasBegun = false
  }

  /// What of a layer was sent in a step.
  package struct Sent: Equatable {
    package let layer: Int
    package let plan: Int
    /// Experts that ranks fetch for the layer.
    package let experts: Int
    /// Microseconds of the time offered before it began, that it took, and that it still needs.
    package let after: Double
    package let time: Double
    package let left: Double
  }

  package private(set) var placement: Placement
  package private(set) var plans: PlanNumbers
  /// `[layers]` slots of each layer.
  package private(set) var slots: [Int]
  /// Experts that the rank with the most of them had to hold besides the placement in force.
  package private(set) var largestArrival = 0
  /// The ranks that placements are of.
  package private(set) var alive: AliveRanks
  private var shape: PlacementShape
  private let rule: MigrationRule
  /// In the order in which they are sent.
  private var queue: [Move] = []

  /// Begins as servers do: slot s holds expert s mod experts, also where slots are redundant.
  package init(_ shape: PlacementShape, ranksPerNode: Int, rule: MigrationRule = .blocking) {
    self.shape = shape
    self.rule = rule
    alive = AliveRanks(all: shape.ranks, ranksPerNode: ranksPerNode)
    placement = .initial(shape)
    plans = PlanNumbers(layers: shape.layers)
    slots = placement.layers.map(\.slots)
  }

  /// Whether a plan does not yet serve in all layers.
  package var isUnderway: Bool { !queue.isEmpty }
  /// Whether ranks send each other bytes, or are about to.
  package var isSending: Bool { queue.contains { $0.remaining > 0 && $0.sources.peers > 0 } }
  /// Layers that wait for their experts; one that waits for those of two plans is one.
  package var layersUnderway: Int { Set(queue.map(\.layer)).count }

  /// The placement in force, with the layers that have begun to move as they will be.
  var begun: Placement {
    var placement = placement
    for move in queue where move.hasBegun { placement.layers[move.layer] = move.target }
    return placement
  }

  /// Puts a plan in force in all layers, as deployed with the model: nothing moves.
  package mutating func deploy(_ plan: Placement) {
    let number = plans.begin()
    for layer in plan.layers.indices { adopt(Move(layer: layer, target: plan.layers[layer], plan: number)) }
  }

  /// Puts a placement of other ranks in force, and drops what is on its way.
  package mutating func restart(_ placement: Placement, _ shape: PlacementShape, on alive: AliveRanks) {
    queue = []
    self.shape = shape
    self.alive = alive
    self.placement = placement
    slots = placement.layers.map(\.slots)
    let number = plans.begin()
    for layer in placement.layers.indices { plans.adopt(number, inLayer: layer) }
  }

  /// Lines a plan up for `advance`, in place of what is left of an earlier one.
  package mutating func begin(_ plan: Placement) {
    let number = plans.begin()
    queue = plan.layers.indices.map { Move(layer: $0, target: plan.layers[$0], plan: number) }
  }

  /// Puts the plan in force in its next layers.
  ///
  /// - Parameter count: layers, at most.
  /// - Returns: the experts that ranks have to fetch for it; nil without a plan.
  package mutating func advance(layers count: Int) -> ExpertTransfers? {
    guard isUnderway else { return nil }
    var transfers = ExpertTransfers(alive, rule: rule)
    for move in queue.prefix(count) {
      transfers.add(move.layer, from: placement.layers[move.layer], to: move.target)
      adopt(move)
    }
    queue.removeFirst(min(count, queue.count))
    return transfers
  }

  /// Begins to send a plan, after the layers of an earlier one that have begun to move; the others are dropped.
  ///
  /// - Parameter cost: to send a layer's experts.
  /// - Returns: experts that ranks will fetch, and those of an earlier plan that they no longer will.
  package mutating func send(
    _ plan: Placement, cost: (LayerFetches) -> MoveCost
  ) -> (fetched: ExpertSources, dropped: ExpertSources) {
    let number = plans.begin()
    let dropped = queue.reduce(ExpertSources()) { $1.hasBegun ? $0 : $0 + $1.sources }
    queue.removeAll { !$0.hasBegun }
    let held = begun.layers
    var transfers = ExpertTransfers(alive, rule: rule)
    var fetched = ExpertSources()
    for layer in plan.layers.indices {
      let fetches = transfers.add(layer, from: held[layer], to: plan.layers[layer])
      let cost = cost(fetches)
      var move = Move(layer: layer, target: plan.layers[layer], plan: number, sources: cost.sources)
      move.arrivals = Array(repeating: 0, count: alive.all)
      for fetch in fetches.fetches { move.arrivals[fetch.receiver] += 1 }
      move.remaining = cost.time
      fetched = fetched + cost.sources
      queue.append(move)
    }
    return (fetched, dropped)
  }

  /// Lets what is on its way use the links for so many microseconds.
  ///
  /// - Returns: what they were used for, in order.
  @discardableResult
  package mutating func offer(_ time: Double) -> [Sent] {
    var left = time
    var sent: [Sent] = []
    for index in queue.indices {
      let used = min(left, queue[index].remaining)
      queue[index].remaining -= used
      if used > 0 {
        let move = queue[index]
        sent.append(
          Sent(
            layer: move.layer, plan: move.plan, experts: move.sources.count, after: time - left, time: used,
            left: move.remaining))
      }
      left -= used
      let isThere = queue[index].remaining <= 0
      queue[index].hasBegun = queue[index].hasBegun || used > 0 || isThere
      if !isThere { break }
    }
    var room = Array(repeating: 0, count: alive.all)
    for move in queue where move.hasBegun {
      for rank in room.indices { room[rank] += move.arrivals[rank] }
    }
    largestArrival = max(largestArrival, room.max() ?? 0)
    return sent
  }

  /// Puts layers in force whose last byte is there, and all before them in the order of sending.
  ///
  /// - Parameter count: layers, at most.
  /// - Returns: layers put in force.
  package mutating func adoptArrived(atMost count: Int) -> Int {
    let arrived = queue.prefix { $0.remaining <= 0 }.prefix(count)
    arrived.forEach { adopt($0) }
    queue.removeFirst(arrived.count)
    return arrived.count
  }

  private mutating func adopt(_ move: Move) {
    placement.layers[move.layer] = move.target
    slots[move.layer] = move.target.slots
    plans.adopt(move.plan, inLayer: move.layer)
  }

  /// Slots, over all layers, whose rank holds their expert already.
  var wastedSlots: Int {
    placement.layers.reduce(0) { sum, layer in
      sum
        + (0..<layer.ranks).reduce(0) { sum, rank in
          let held = layer.physicalToLogical[rank * layer.slotsPerRank..<(rank + 1) * layer.slotsPerRank]
          return sum + held.count - Set(held).count
        }
    }
  }
}
