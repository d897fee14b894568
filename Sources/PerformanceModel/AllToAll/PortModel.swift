import Diagnostics

/// α-β on the most loaded port, scale-up and scale-out apart:
///
///     T = overhead + max(floor, α + max( max over ranks of max(sent, received) over the NIC / B_out,
///                                        max over ranks of max(sent, received) over scale-up / B_up ))
///
/// Only remote bytes count. α and the floor are those of the widest level that the group spans; a group of one rank sends
/// nothing and pays nothing. With `Copies.dedup`, a token crosses the NIC once per foreign node, to the rank of the
/// sender's local index there, which hands it on over scale-up (DeepEP's normal kernels). Combine takes the same paths
/// backwards. With a `halfSize` h, a message of x bytes to one peer runs at x/(x + h) of the bandwidth, so a port with p
/// peers takes (bytes + p·h)/B.
public struct PortModel: AllToAllModel {
  private let copies: Copies
  private let ranks: Int
  private let dispatch: PortOperation
  private let combine: PortOperation
  /// Bytes that half-size messages add to a busy port's load.
  private let scaleUpPenalty: Double
  private let scaleOutPenalty: Double

  /// - Throws: `InputError` (usage) when the cluster has no links of its own.
  public init(cluster: Cluster) throws(InputError) {
    guard let scaleUp = cluster.scaleUp, let dispatch = PortOperation.dispatch(of: cluster),
      let combine = PortOperation.combine(of: cluster)
    else {
      throw InputError("the port model needs scaleUp", in: cluster.name, status: .usage)
    }
    guard cluster.nodes == 1 || cluster.scaleOut != nil else {
      throw InputError("the port model needs scaleOut for more than one node", in: cluster.name, status: .usage)
    }
    copies = cluster.copies
    ranks = cluster.ranks
    self.dispatch = dispatch
    self.combine = combine
    let farPeers = cluster.copies == .dedup ? cluster.nodes - 1 : ranks - cluster.ranksPerNode
    scaleUpPenalty = Double(cluster.ranksPerNode - 1) * scaleUp.halfSize
    scaleOutPenalty = Double(farPeers) * (cluster.scaleOut ?? scaleUp).halfSize
  }

  /// - Complexity: O(ranks²), without heap allocation.
  public func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    precondition(traffic.ranks == ranks)
    guard ranks > 1 else { return AllToAllCost() }
    return price(traffic.portCopies(copies), payload: payload)
  }

  /// The same, when the copies over the ports are known already.
  public func price(_ loads: PortCopies, payload: Payload) -> AllToAllCost {
    guard ranks > 1 else { return AllToAllCost() }
    let there = time(of: loads, bytesPerCopy: payload.dispatchBytes, dispatch)
    let back = payload.combineBytes.map { time(of: loads, bytesPerCopy: $0, combine) } ?? (total: 0, fixed: 0)
    return AllToAllCost(
      dispatch: there.total, combine: back.total,
      scaleUpBytes: loads.totalScaleUp * payload.dispatchBytes,
      scaleOutBytes: loads.totalScaleOut * payload.dispatchBytes,
      bound: dispatch.bound(of: loads, bytesPerCopy: payload.dispatchBytes)
        + (payload.combineBytes.map { combine.bound(of: loads, bytesPerCopy: $0) } ?? 0),
      fixed: there.fixed + back.fixed)
  }

  private func time(
    of loads: PortCopies, bytesPerCopy: Double, _ operation: PortOperation
  ) -> (total: Double, fixed: Double) {
    let up = loads.maximumScaleUp * bytesPerCopy
    let out = loads.maximumScaleOut * bytesPerCopy
    let busiest = max(
      out > 0 ? (out + scaleOutPenalty) / operation.scaleOutBandwidth : 0,
      up > 0 ? (up + scaleUpPenalty) / operation.scaleUpBandwidth : 0)
    let paced = operation.latency + busiest
    return (
      operation.overhead + max(operation.floor, paced),
      operation.overhead + (paced > operation.floor ? operation.latency : operation.floor)
    )
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
    case .direct: straightPortCopies(inside: visits)
    case .mixed: straightPortCopies(inside: rankCopies)
    }
  }
}
