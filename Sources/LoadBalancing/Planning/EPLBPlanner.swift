import Diagnostics

/// DeepSeek's expert parallelism load balancer (github.com/deepseek-ai/EPLB), equal to it in every slot.
///
/// When the expert groups divide over the nodes the plan is hierarchical, so that a group-limited token stays on few
/// nodes: (1) pack the groups onto nodes; (2) within each node, give every redundant slot to the expert with the most
/// load per replica; (3) pack the node's slots onto its ranks. Otherwise it is global: one group, one node.
///
/// Single precision throughout and ties as the reference leaves them. It may put one expert twice on a rank.
///
/// - Complexity: O(slots · log slots) per layer.
public struct EPLBPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget

  public init(slotBudget: SlotBudget) { self.slotBudget = slotBudget }

  /// - Throws: `InputError` (usage) if the groups do not divide the experts.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    let shape = context.shape
    var plan = try EPLBLayerPlan(shape)
    var layers: [LayerPlacement] = []
    layers.reserveCapacity(shape.layers)
    for layer in 0..<shape.layers {
      plan.make(context.load[layer])
      layers.append(
        LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: plan.physicalToLogical))
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}

/// The three steps for one layer after another, in the same scratch space.
struct EPLBLayerPlan {
  private let groups: Int
  private let nodes: Int
  private let groupSize: Int
  private let expertsPerNode: Int
  private let slotsPerNode: Int
  private var groupsToNodes: BalancedPacking
  private var slotsToRanks: BalancedPacking
  private var replication: Replication
  private var weights: [Float]
  private var groupWeights: [Float]
  /// `[experts]` experts in the order of their nodes.
  private var nodeOrder: [Int]
  /// `[slots]` the result.
  private(set) var physicalToLogical: [Int]

  /// - Throws: `InputError` (usage) if the groups do not divide the experts.
  init(_ shape: PlacementShape) throws(InputError) {
    guard shape.experts % shape.groups == 0 else {
      throw InputError("\(shape.groups) expert groups do not divide \(shape.experts) experts", status: .usage)
    }
    let isHierarchical = shape.groups % shape.nodes == 0 && shape.ranks % shape.nodes == 0
    self.init(shape, groups: isHierarchical ? shape.groups : 1, nodes: isHierarchical ? shape.nodes : 1)
  }

  private init(_ shape: PlacementShape, groups: Int, nodes: Int) {
    self.groups = groups
    self.nodes = nodes
    groupSize = shape.experts / groups
    expertsPerNode = shape.experts / nodes
    slotsPerNode = shape.slots / nodes
    groupsToNodes = BalancedPacking(items: groups, packs: nodes)
    slotsToRanks = BalancedPacking(items: slotsPerNode, packs: shape.ranks / nodes)
    replication = Replication(experts: expertsPerNode, slots: slotsPerNode)
    weights = Array(repeating: 0, count: shape.experts)
    groupWeights = Array(repeating: 0, count: groups)
    nodeOrder = Array(0..<shape.experts)
    physicalToLogical = Array(repeating: 0, count: shape.slots)
  }

  mutating func make(_ load: ArraySlice<Double>) {
    for (expert, tokens) in load.enumerated() { weights[expert] = max(0, Float(tokens)) }
    packGroupsToNodes()
    for node in 0..<nodes {
      let firstExpert = node * expertsPerNode
      replication.replicate { [weights, nodeOrder] in weights[nodeOrder[firstExpert + $0]] }
      slotsToRanks.pack { [replication] in replication.weight(ofSlot: $0) }
      for slot in 0..<slotsPerNode {
        let position = node * slotsPerNode + slotsToRanks.position(ofItem: slot)
        physicalToLogical[position] = nodeOrder[firstExpert + replication.expert(ofSlot: slot)]
      }
    }
  }

  private mutating func packGroupsToNodes() {
    guard groups > 1 else { return }
    for group in 0..<groups {
      groupWeights[group] = weights[group * groupSize..<(group + 1) * groupSize].reduce(0, +)
    }
    groupsToNodes.pack { [groupWeights] in groupWeights[$0] }
    for expert in weights.indices {
      nodeOrder[groupsToNodes.position(ofItem: expert / groupSize) * groupSize + expert % groupSize] = expert
    }
  }
}
