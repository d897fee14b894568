import Diagnostics
import LoadBalancing
import Randomness
import Testing

@Suite struct CliquePlannerTests {
  private static func shape(experts: Int, ranks: Int, nodes: Int, redundantPerRank: Int) -> PlacementShape {
    PlacementShape(
      layers: 1, experts: experts, ranks: ranks, nodes: nodes, groups: 1, slots: experts + redundantPerRank * ranks)
  }

  private static func plan(
    _ load: [Double], _ shape: PlacementShape, sources: SourceLoad? = nil, bySource: Bool = false
  ) throws -> LayerPlacement {
    var context = PlanningContext(
      load: ExpertLoad(layers: 1, experts: load.count, values: load), shape: shape)
    context.sources = sources
    return try CliquePlanner(slotBudget: .total(shape.slots), bySource: bySource).plan(context).layers[0]
  }

  private static func nodes(of expert: Int, _ layer: LayerPlacement, ranksPerNode: Int) -> Set<Int> {
    Set(layer.slots(ofExpert: expert).map { layer.rank(ofSlot: $0) / ranksPerNode })
  }

  private static func drawn(_ count: Int, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Double(1 + generator.below(1000)) }
  }

  @Test func `without a slot for a hot expert it is greedy, slot by slot`() throws {
    let load = Self.drawn(16, seed: 1)
    for (nodes, redundant) in [(4, 0), (1, 2)] {
      let shape = Self.shape(experts: 16, ranks: 4, nodes: nodes, redundantPerRank: redundant)
      let context = PlanningContext(load: ExpertLoad(layers: 1, experts: 16, values: load), shape: shape)
      #expect(try Self.plan(load, shape) == GreedyPlanner().plan(context).layers[0])
    }
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func `the hottest are in every node once, the others on one rank`(seed: UInt64) throws {
    let redundant = Int(seed % 4) + 1
    let shape = Self.shape(experts: 16, ranks: 8, nodes: 4, redundantPerRank: redundant)
    let load = Self.drawn(16, seed: seed)
    let layer = try Self.plan(load, shape)
    let hot = min(16, redundant * 8 / 3)
    let order = load.indices.sorted { (-load[$0], $0) < (-load[$1], $1) }
    for (place, expert) in order.enumerated() {
      let ranks = Set(layer.slots(ofExpert: expert).map { layer.rank(ofSlot: $0) })
      #expect(ranks.count == (place < hot ? 4 : 1))
      #expect(Self.nodes(of: expert, layer, ranksPerNode: 2).count == (place < hot ? 4 : 1))
    }
  }

  /// Two nodes of two ranks with two slots each, two hot experts.
  @Test func `the others go to the least loaded rank with room`() throws {
    let shape = PlacementShape(layers: 1, experts: 6, ranks: 4, nodes: 2, groups: 1, slots: 8)
    let layer = try Self.plan([8, 7, 6, 5, 4, 3], shape)
    let ranks = (0..<6).map { expert in Set(layer.slots(ofExpert: expert).map { layer.rank(ofSlot: $0) }) }
    #expect(shape.slots - shape.experts == 2 && CliquePlanner.hotExperts(shape) == 2)
    #expect(ranks[0].count == 2 && ranks[1].count == 2)
    #expect(ranks[2...].allSatisfy { $0.count == 1 })
    let loads = (0..<4).map { rank in
      (0..<6).reduce(0.0) { $0 + (ranks[$1].contains(rank) ? [8, 7, 6, 5, 4, 3][$1] / Double(ranks[$1].count) : 0) }
    }
    // 4, 3.5, 4, 3.5 of the hot ones; then 6 and 5 to the ranks with 3.5, 4 and 3 to the others.
    #expect(loads == [8, 9.5, 7, 8.5])
  }

  @Test func `by source, an expert with one copy goes where its tokens start`() throws {
    let shape = Self.shape(experts: 4, ranks: 4, nodes: 2, redundantPerRank: 0)
    // Experts 0 and 2 are asked for from node 1, the others from node 0.
    let tokens = [[1.0, 9, 0, 4], [0, 1, 1, 3], [5, 0, 7, 0], [4, 0, 3, 1]]
    let sources = SourceLoad(layers: 1, ranks: 4, experts: 4, values: tokens.flatMap { $0 })
    let layer = try Self.plan([10, 10, 11, 8], shape, sources: sources, bySource: true)
    #expect((0..<4).map { Self.nodes(of: $0, layer, ranksPerNode: 2) } == [[1], [0], [1], [0]])
    #expect(throws: InputError.self) { try Self.plan([10, 10, 11, 8], shape, bySource: true) }
  }

  @Test func `what does not act is said`() {
    let planner = CliquePlanner(slotBudget: .total(20))
    func remark(nodes: Int, redundant: Int, isNearest: Bool = true) -> String? {
      planner.remark(
        Self.shape(experts: 16, ranks: 4, nodes: nodes, redundantPerRank: redundant), sendsToCopies: isNearest)
    }
    #expect(remark(nodes: 1, redundant: 1)?.contains("one node") == true)
    #expect(remark(nodes: 4, redundant: 0)?.contains("0 redundant slots") == true)
    #expect(remark(nodes: 4, redundant: 1, isNearest: false)?.contains("other nodes") == true)
    #expect(remark(nodes: 4, redundant: 1) == nil)
  }
}
