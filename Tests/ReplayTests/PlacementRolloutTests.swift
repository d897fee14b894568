import LoadBalancing
import Randomness
import Replay
import Testing

/// Plans on their way, against an oracle that sends one unit of time after another.
@Suite struct PlacementRolloutTests {
  private static let shape = PlacementShape(layers: 5, experts: 6, ranks: 3, nodes: 1, groups: 1, slots: 6)

  /// Every layer with the same placement.
  private static func plan(_ slots: [Int], layers: Int = shape.layers) -> Placement {
    let layer = LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: slots)
    return Placement(ranks: shape.ranks, layers: Array(repeating: layer, count: layers))
  }

  private static func peers(_ count: Int) -> ExpertSources { ExpertSources(peers: count) }

  private static func tenMicroseconds(_ layer: LayerFetches) -> MoveCost {
    MoveCost(time: 10, sources: peers(layer.fetches.count))
  }

  /// Sends whole microseconds one by one, and knows nothing of queues: for every layer what it holds, what is on its way.
  private struct Oracle {
    struct Coming {
      let layer: Int
      let plan: Int
      var left: Int
      var begun = false
    }

    var held = Array(repeating: 0, count: shape.layers)
    var coming: [Coming] = []

    mutating func send(plan: Int, times: [Int]) {
      coming = coming.filter(\.begun)
      coming += times.indices.map { Coming(layer: $0, plan: plan, left: times[$0]) }
    }

    mutating func pass(_ microseconds: Int) {
      for _ in 0..<microseconds {
        guard let first = coming.indices.first(where: { coming[$0].left > 0 }) else { break }
        coming[first].begun = true
        coming[first].left -= 1
      }
      for index in coming.indices.prefix(while: { coming[$0].left == 0 }) { coming[index].begun = true }
    }

    mutating func beginStep(atMost count: Int) {
      for _ in 0..<count where coming.first?.left == 0 {
        held[coming[0].layer] = coming[0].plan
        coming.removeFirst()
      }
    }
  }

  @Test("A layer serves from the first step that begins after its last byte, whatever replaces what", arguments: 0..<40)
  func arrivals(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    // Different experts per plan, so that every layer of every plan has something to fetch.
    let plans = [[0, 1, 2, 3, 4, 5], [2, 3, 4, 5, 0, 1], [4, 5, 0, 1, 2, 3], [0, 2, 1, 4, 3, 5]].map { Self.plan($0) }
    var rollout = PlacementRollout(Self.shape, ranksPerNode: 3)
    var oracle = Oracle()
    let cap = 1 + random.below(Self.shape.layers)
    for step in 0..<60 {
      var room = cap
      oracle.beginStep(atMost: cap)
      room -= rollout.adoptArrived(atMost: room)
      let agrees = rollout.placement.layers == oracle.held.enumerated().map { plans[$1].layers[$0] }
      #expect(agrees, "step \(step)")
      if random.below(5) == 0 {
        let number = random.below(plans.count)
        var times: [Int] = []
        _ = rollout.send(plans[number]) { fetches in
          times.append(fetches.fetches.isEmpty ? 0 : random.below(30))
          return MoveCost(
            time: Double(times[times.count - 1]), sources: ExpertSources(peers: fetches.fetches.count))
        }
        oracle.send(plan: number, times: times)
        let before = oracle.held
        oracle.beginStep(atMost: room)
        let switched = zip(before, oracle.held).count { $0 != $1 }
        #expect(rollout.adoptArrived(atMost: room) >= switched)
      }
      let idle = random.below(25)
      oracle.pass(idle)
      rollout.offer(Double(idle))
      #expect(rollout.isSending == oracle.coming.contains { $0.left > 0 })
      #expect(rollout.layersUnderway == Set(oracle.coming.map(\.layer)).count)
    }
  }

  @Test("What replaces a plan keeps the layer on its way and drops the rest")
  func replacement() {
    var rollout = PlacementRollout(Self.shape, ranksPerNode: 3)
    let first = Self.plan([2, 3, 4, 5, 0, 1])
    let second = Self.plan([4, 5, 0, 1, 2, 3])
    #expect(rollout.send(first, cost: Self.tenMicroseconds) == (Self.peers(30), Self.peers(0)))
    rollout.offer(15)
    #expect(rollout.adoptArrived(atMost: 9) == 1)
    // Layer 0 serves, layer 1 is half way, three layers of six experts have not begun.
    #expect(rollout.send(second, cost: Self.tenMicroseconds) == (Self.peers(30), Self.peers(18)))
    // Five layers of the second plan, of which one waits for its experts of the first, too.
    #expect(rollout.layersUnderway == 5)
    rollout.offer(5)
    #expect(rollout.adoptArrived(atMost: 9) == 1)
    #expect(rollout.placement.layers[1] == first.layers[1])
    rollout.offer(50)
    #expect(rollout.adoptArrived(atMost: 9) == 5)
    #expect(rollout.placement == second)
  }

  @Test("Room for arrivals is that of the layers on their way at once")
  func room() {
    var slow = PlacementRollout(Self.shape, ranksPerNode: 3)
    var fast = slow
    let plan = Self.plan([2, 3, 4, 5, 0, 1])
    _ = slow.send(plan, cost: Self.tenMicroseconds)
    _ = fast.send(plan, cost: Self.tenMicroseconds)
    for _ in 0..<10 {
      slow.offer(5)
      _ = slow.adoptArrived(atMost: 5)
    }
    fast.offer(50)
    #expect(fast.adoptArrived(atMost: 5) == 5)
    #expect(slow.largestArrival == 2)
    #expect(fast.largestArrival == 10)
  }

  @Test("Redundant slots begin as servers fill them")
  func start() {
    var shape = Self.shape
    shape.slots = 9
    let rollout = PlacementRollout(shape, ranksPerNode: 3)
    #expect(rollout.placement.layers[0].physicalToLogical == [0, 1, 2, 3, 4, 5, 0, 1, 2])
  }
}
