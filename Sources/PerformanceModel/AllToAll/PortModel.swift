import Diagnostics

/// α-β on the most loaded port, scale-up and scale-out apart:
///
///     T = overhead + max(floor, α + max( max over ranks of max(sent, received) over the NIC / B_out,
///                                        max over ranks of max(sent, received) over scale-up / B_up ))
///
/// Only remote bytes count. α and the floor are those of the widest level that the group spans; a group of one rank sends
/// nothing and pays nothing. With `Copies.dedup`, a token crosses the NIC once per foreign node, to the rank of the
/// sender's local index there, which hands it on over scale-up (DeepEP's normal kernels). Combine takes the same paths
/// backwards. With a `halfSize` h, a message of x bytes to one peer runs at x/(x + h) of the bandwidth, so a port that
/// sends to p peers takes (bytes + p·h)/B. What kernels do besides sending: `KernelWork`.
public struct PortModel: AllToAllModel {
  let copies: Copies
  private let ranks: Int
  let dispatch: PortOperation
  let combine: PortOperation
  let halfSizes: HalfSizes?
  let countsHandled: Bool

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
    let sizes = HalfSizes(
      scaleUp: scaleUp.halfSize, scaleOut: (cluster.scaleOut ?? scaleUp).halfSize, ranksPerNode: cluster.ranksPerNode)
    halfSizes = sizes.scaleUp > 0 || sizes.scaleOut > 0 ? sizes : nil
    countsHandled = dispatch.work.hasStage || combine.work.hasStage
  }

  public var reads: TrafficDetail {
    if copies != .dedup { return .visits }
    return halfSizes != nil || countsHandled ? .ranks : .relays
  }

  public var portPaths: Copies? { copies }

  /// - Complexity: O(ranks²), without heap allocation.
  public func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    ranks > 1 ? price(traffic, ports: traffic.portCopies(copies), payload: payload) : AllToAllCost()
  }

  public func price(_ traffic: Traffic, ports: PortCopies, payload: Payload) -> AllToAllCost {
    precondition(traffic.ranks == ranks)
    guard ranks > 1 else { return AllToAllCost() }
    let handled =
      payload.shape.flatMap { countsHandled ? traffic.handledCopies(copies, topK: $0.topK) : nil } ?? HandledCopies()
    var cost = price(ports, handled: handled, payload: payload)
    if let halfSizes {
      let hops = hops(of: traffic, copies: copies)
      func time(_ bytes: Double, _ operation: PortOperation) -> (total: Double, fixed: Double) {
        let (up, out) = halfSizes.busiest(hops, ranks: ranks, bytesPerCopy: bytes)
        return operation.time(up: up, out: out, handled: handled, bytesPerCopy: bytes, shape: payload.shape)
      }
      let there = time(payload.dispatchBytes, dispatch)
      let back = payload.combineBytes.map { time($0, combine) } ?? (total: 0, fixed: 0)
      (cost.dispatch, cost.combine, cost.fixed) = (there.total, back.total, there.fixed + back.fixed)
    }
    return cost
  }

  /// The price of copies over the ports that are known already, without half sizes.
  private func price(_ loads: PortCopies, handled: HandledCopies, payload: Payload) -> AllToAllCost {
    func time(_ bytes: Double, _ operation: PortOperation) -> (total: Double, fixed: Double) {
      operation.time(
        up: loads.maximumScaleUp * bytes, out: loads.maximumScaleOut * bytes, handled: handled, bytesPerCopy: bytes,
        shape: payload.shape)
    }
    let there = time(payload.dispatchBytes, dispatch)
    let back = payload.combineBytes.map { time($0, combine) } ?? (total: 0, fixed: 0)
    return AllToAllCost(
      dispatch: there.total, combine: back.total,
      scaleUpBytes: loads.totalScaleUp * payload.dispatchBytes,
      scaleOutBytes: loads.totalScaleOut * payload.dispatchBytes,
      bound: dispatch.bound(of: loads, bytesPerCopy: payload.dispatchBytes)
        + (payload.combineBytes.map { combine.bound(of: loads, bytesPerCopy: $0) } ?? 0),
      fixed: there.fixed + back.fixed)
  }
}

/// Bytes of a message to one peer that reach half of a link's bandwidth.
struct HalfSizes: Sendable {
  let scaleUp: Double
  let scaleOut: Double
  let ranksPerNode: Int

  /// Bytes of the busiest ports, a half size added for every peer that is sent to or received from.
  ///
  /// - Parameter hops: `[ranks][ranks]` copies, row = who sends them.
  func busiest(_ hops: [Double], ranks: Int, bytesPerCopy: Double) -> (up: Double, out: Double) {
    var loads = PortLoads(ranks: ranks)
    for source in 0..<ranks {
      for destination in 0..<ranks where destination != source && hops[source * ranks + destination] > 0 {
        let bytes = hops[source * ranks + destination] * bytesPerCopy
        if source / ranksPerNode == destination / ranksPerNode {
          loads.addScaleUp(bytes + scaleUp, from: source, to: destination)
        } else {
          loads.addScaleOut(bytes + scaleOut, from: source, to: destination)
        }
      }
    }
    return (loads.maximumScaleUp, loads.maximumScaleOut)
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
    case .dedup: alive.isEmpty ? dedupPortCopies() : relayedPortCopies()
    case .direct: straightPortCopies(inside: visits)
    case .mixed: straightPortCopies(inside: rankCopies)
    }
  }

  /// As `dedupPortCopies`, hop by hop, where some of the usual relays are gone.
  private func relayedPortCopies() -> PortCopies {
    let hops = hopCopies(.dedup, throughRelays: true)
    var result = PortCopies()
    for rank in 0..<ranks {
      var (sent, received) = ((up: 0.0, out: 0.0), (up: 0.0, out: 0.0))
      for other in 0..<ranks where other != rank {
        let (there, back) = (hops[rank * ranks + other], hops[other * ranks + rank])
        if other / ranksPerNode == rank / ranksPerNode {
          (sent.up, received.up) = (sent.up + there, received.up + back)
        } else {
          (sent.out, received.out) = (sent.out + there, received.out + back)
        }
      }
      result.maximumScaleUp = max(result.maximumScaleUp, sent.up, received.up)
      result.maximumScaleOut = max(result.maximumScaleOut, sent.out, received.out)
      result.totalScaleUp += sent.up
      result.totalScaleOut += sent.out
    }
    return result
  }
}
