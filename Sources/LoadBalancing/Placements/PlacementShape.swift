import Diagnostics

/// What a planner has to fill.
public struct PlacementShape: Equatable, Sendable {
  public var layers: Int
  public var experts: Int
  public var ranks: Int
  public var nodes: Int
  /// Expert groups of the router; 1 when it has none.
  public var groups: Int
  /// Slots per layer, a multiple of `ranks`, at least `experts`.
  public var slots: Int
  /// `[layers]` the number of each MoE layer in the model.
  public var layerNumbers: [Int]

  public var slotsPerRank: Int { slots / ranks }
  public var ranksPerNode: Int { ranks / nodes }

  /// - Parameter layerNumbers: 0 ..< layers when nil.
  public init(
    layers: Int, experts: Int, ranks: Int, nodes: Int, groups: Int, slots: Int, layerNumbers: [Int]? = nil
  ) {
    self.layers = layers
    self.experts = experts
    self.ranks = ranks
    self.nodes = nodes
    self.groups = groups
    self.slots = slots
    self.layerNumbers = layerNumbers ?? Array(0..<layers)
  }

  /// - Throws: `InputError` (usage) if ranks have more slots than there are experts, for planners that put no expert twice
  ///   on one.
  func requireDistinctExperts() throws(InputError) {
    guard slotsPerRank <= experts else {
      let message = "\(slotsPerRank) slots per rank for \(experts) experts; an expert is at most once on a rank"
      throw InputError(message, status: .usage)
    }
  }
}
