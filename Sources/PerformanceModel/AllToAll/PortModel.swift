import Diagnostics

/// α-β on the most loaded port, scale-up and scale-out apart:
///
///     T = α + max( max over ranks of max(sent, received) over the NIC / B_out,
///                  max over ranks of max(sent, received) over scale-up / B_up )
///
/// Only remote bytes count. α is the latency of the widest level that the group spans; a group of one rank sends nothing
/// and pays nothing. With `Copies.dedup`, a token crosses the NIC once per foreign node, to the rank of the sender's
/// local index there, which hands it on over scale-up (DeepEP's normal kernels). Combine takes the same paths backwards.
public struct PortModel: AllToAllModel {
  private let copies: Copies
  private let scaleUp: Link
  private let scaleOut: Link
  private let ranks: Int
  private let dispatchLatency: Double
  private let combineLatency: Double

  /// - Throws: `InputError` (usage) when the cluster has no links of its own.
  public init(cluster: Cluster) throws(InputError) {
    guard let scaleUp = cluster.scaleUp else {
      throw InputError("the port model needs scaleUp", in: cluster.name, status: .usage)
    }
    guard cluster.nodes == 1 || cluster.scaleOut != nil else {
      throw InputError("the port model needs scaleOut for more than one node", in: cluster.name, status: .usage)
    }
    let widest = cluster.nodes > 1 ? cluster.scaleOut ?? scaleUp : scaleUp
    copies = cluster.copies
    ranks = cluster.ranks
    self.scaleUp = scaleUp
    scaleOut = cluster.scaleOut ?? scaleUp
    dispatchLatency = widest.dispatchLatency
    combineLatency = widest.combineLatency
  }

  /// - Complexity: O(ranks²), without heap allocation.
  public func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    precondition(traffic.ranks == ranks)
    guard ranks > 1 else { return AllToAllCost() }
    let loads = traffic.portCopies(copies)
    let dispatch = max(
      loads.maximumScaleOut * payload.dispatchBytes / scaleOut.dispatchBandwidth,
      loads.maximumScaleUp * payload.dispatchBytes / scaleUp.dispatchBandwidth)
    var cost = AllToAllCost(
      dispatch: dispatchLatency + dispatch,
      scaleUpBytes: loads.totalScaleUp * payload.dispatchBytes,
      scaleOutBytes: loads.totalScaleOut * payload.dispatchBytes)
    if let combineBytes = payload.combineBytes {
      cost.combine =
        combineLatency
        + max(
          loads.maximumScaleOut * combineBytes / scaleOut.combineBandwidth,
          loads.maximumScaleUp * combineBytes / scaleUp.combineBandwidth)
    }
    return cost
  }
}

/// Copies of tokens over the ports of one All-to-All.
public struct PortCopies: Equatable, Sendable {
  /// Copies sent or received by the scale-up port that has most of either.
  public var maximumScaleUp = 0.0
  /// Copies sent or received by the NIC that has most of either.
  public var maximumScaleOut = 0.0
  /// Copies that crossed scale-up, all ranks together.
  public var totalScaleUp = 0.0
  /// Copies that crossed the NICs, all ranks together.
  public var totalScaleOut = 0.0
}

extension Traffic {
  /// Copies over the ports of the paths that `copies` names.
  ///
  /// - Complexity: O(ranks²), without heap allocation.
  public func portCopies(_ copies: Copies) -> PortCopies {
    switch copies {
    case .dedup: dedupPortCopies()
    case .direct: directPortCopies()
    }
  }
}
