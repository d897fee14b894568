import Diagnostics

/// Max-min fair fluid flows over an explicit topology: where links, not ports, are the bottleneck.
///
/// Each pair of ranks with something to send is one flow along its path. All flows start together; rates are max-min fair
/// (progressive filling: Bertsekas and Gallager, *Data Networks*, 1992, section 6.5.2) and change whenever a flow ends.
///
///     T = α + the time at which the last flow ends
///
/// On a mesh whose hops take time, each flow arrives so much after its end (`MeshRouting`), and the last to arrive counts.
///
/// With `Copies.dedup` in a topology with nodes, the hop to the relay and the hops from it are flows of their own that run
/// at the same time, as pipelined kernels do. Combine sends every flow back.
public struct FairShareModel: OutliningModel, ExplainingModel {
  public let network: Network
  private let copies: Copies

  /// - Throws: `InputError` (usage) when the cluster describes no topology, or one that does not connect its ranks.
  public init(cluster: Cluster) throws(InputError) {
    guard let parameters = cluster.fairShare else {
      throw InputError("the fair-share model needs fairShare", in: cluster.name, status: .usage)
    }
    network = try Topologies.make(parameters, for: cluster)
    copies = cluster.copies
  }

  public func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    let hops = traffic.hopCopies(copies, throughRelays: network.hasNodes)
    let remote = traffic.remoteTotals(ofHops: hops)
    let ideal = bound(traffic, payload: payload)
    var cost = AllToAllCost(
      scaleUpBytes: remote.scaleUp * payload.dispatchBytes, scaleOutBytes: remote.scaleOut * payload.dispatchBytes,
      bound: ideal.dispatch + ideal.combine,
      fixed: network.dispatchLatency + (payload.combineBytes == nil ? 0 : network.combineLatency))
    let there = flow(hops.map { $0 * payload.dispatchBytes }, ranks: traffic.ranks, isCombine: false)
    cost.dispatch = network.dispatchLatency + there.time
    cost.fixed += there.hopTime
    cost.routingEntries = there.routingEntries
    if let combineBytes = payload.combineBytes {
      var back = hops
      for source in 0..<traffic.ranks {
        for destination in 0..<traffic.ranks {
          back[destination * traffic.ranks + source] = hops[source * traffic.ranks + destination] * combineBytes
        }
      }
      let returned = flow(back, ranks: traffic.ranks, isCombine: true)
      cost.combine = network.combineLatency + returned.time
      cost.fixed += returned.hopTime
      cost.routingEntries = returned.routingEntries.map { max($0, cost.routingEntries ?? 0) }
    }
    return cost
  }

  public var dispatchLatency: Double { network.dispatchLatency }
  public var combineLatency: Double { network.combineLatency }

  public func outline(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    var cost = bound(traffic, payload: payload)
    cost.bound = cost.dispatch + cost.combine
    return cost
  }

  /// The busiest link's time in each direction, without latency: no schedule over these paths is faster.
  func bound(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    let hops = traffic.hopCopies(copies, throughRelays: network.hasNodes)
    let remote = traffic.remoteTotals(ofHops: hops)
    var dispatch = Array(repeating: 0.0, count: network.links.count)
    var combine = dispatch
    let ranks = traffic.ranks
    for pair in hops.indices where hops[pair] > 0 {
      for link in network.paths[pair] { dispatch[Int(link)] += hops[pair] }
      for link in network.paths[pair % ranks * ranks + pair / ranks] { combine[Int(link)] += hops[pair] }
    }
    let busiest = { (carried: [Double], capacity: KeyPath<Network.Link, Double>) in
      zip(carried, network.links).map { $0 / $1[keyPath: capacity] }.max() ?? 0
    }
    return AllToAllCost(
      dispatch: busiest(dispatch, \.dispatchCapacity) * payload.dispatchBytes,
      combine: payload.combineBytes.map { busiest(combine, \.combineCapacity) * $0 } ?? 0,
      scaleUpBytes: remote.scaleUp * payload.dispatchBytes, scaleOutBytes: remote.scaleOut * payload.dispatchBytes)
  }

  public func hops(of traffic: Traffic, copies: Copies) -> [Double] {
    traffic.hopCopies(copies, throughRelays: network.hasNodes)
  }

  func explain(
    _ bytes: [Double], ranks: Int, isCombine: Bool, log: ((PacketRound) -> Void)?
  ) throws(InputError) -> MatrixExplanation {
    let flow = flow(bytes, ranks: ranks, isCombine: isCombine)
    let uses = zip(network.links, flow.utilisation).map { MatrixPrice.LinkUse(link: $0.name, utilisation: $1) }
    let order = uses.enumerated().sorted { ($1.element.utilisation, $0.offset) < ($0.element.utilisation, $1.offset) }
    return MatrixExplanation(
      time: (isCombine ? combineLatency : dispatchLatency) + flow.time,
      bound: busiest(bytes, isCombine: isCombine), links: order.map(\.element), routingEntries: flow.routingEntries)
  }

  /// Microseconds of the busiest link on the bytes' paths at its capacity.
  private func busiest(_ bytes: [Double], isCombine: Bool) -> Double {
    var carried = Array(repeating: 0.0, count: network.links.count)
    for pair in bytes.indices where bytes[pair] > 0 {
      for link in network.paths[pair] { carried[Int(link)] += bytes[pair] }
    }
    return zip(carried, network.links).map { $0 / (isCombine ? $1.combineCapacity : $1.dispatchCapacity) }.max() ?? 0
  }

  /// Lets `bytes`, `[ranks][ranks]`, flow, without latency.
  public func flow(_ bytes: [Double], ranks: Int, isCombine: Bool = false) -> FairShareFlow {
    precondition(bytes.count == network.paths.count)
    var links: [Int32] = []
    var starts: [Int32] = [0]
    var sizes: [Double] = []
    var ends: [(source: Int, destination: Int)] = []
    for pair in bytes.indices where bytes[pair] > 0 && !network.paths[pair].isEmpty {
      links += network.paths[pair]
      starts.append(Int32(links.count))
      sizes.append(bytes[pair])
      ends.append((pair / ranks, pair % ranks))
    }
    let routing = network.routing?.times(of: ends, ranks: ranks)
    let capacities = network.links.map { isCombine ? $0.combineCapacity : $0.dispatchCapacity }
    let filling = FluidFlows(
      sizes: sizes, links: links, starts: starts, capacities: capacities, delays: routing?.delays)
    let carried = filling.carried
    let (end, arrival) = filling.run()
    let utilisation = zip(carried, capacities).map { arrival > 0 ? $0 / ($1 * arrival) : 0 }
    return FairShareFlow(
      time: arrival, utilisation: utilisation, hopTime: arrival - end, routingEntries: routing?.mostPaths)
  }
}

/// What became of fluid flows.
public struct FairShareFlow: Equatable, Sendable {
  /// Microseconds until the last flow has arrived.
  public let time: Double
  /// `[links]` carried bytes over what the link could carry in that time.
  public let utilisation: [Double]
  /// Of `time`, what is left when the last flow has ended: hops and relays.
  public let hopTime: Double
  /// Paths through the busiest core of a mesh; nil where paths are not counted.
  public let routingEntries: Int?
}

extension Traffic {
  /// `[ranks][ranks]` copies per hop: through the relay on the destination's node for deduplicated copies between nodes,
  /// else straight.
  func hopCopies(_ copies: Copies, throughRelays: Bool) -> [Double] {
    guard copies == .dedup, throughRelays else { return pairCopies(copies) }
    var hops = Array(repeating: 0.0, count: ranks * ranks)
    for source in 0..<ranks {
      for node in 0..<nodes {
        let isOwn = node == source / ranksPerNode
        let relay = isOwn ? source : relay(of: source, onNode: node)
        if !isOwn { hops[source * ranks + relay] += nodeCopies[source * nodes + node] }
        for destination in node * ranksPerNode..<(node + 1) * ranksPerNode where destination != relay {
          hops[relay * ranks + destination] += rankCopies[source * ranks + destination]
        }
      }
    }
    return hops
  }

  /// Copies over the hops within nodes and between them.
  func remoteTotals(ofHops hops: [Double]) -> (scaleUp: Double, scaleOut: Double) {
    var (scaleUp, scaleOut) = (0.0, 0.0)
    for source in 0..<ranks {
      for destination in 0..<ranks where destination != source {
        let amount = hops[source * ranks + destination]
        if source / ranksPerNode == destination / ranksPerNode { scaleUp += amount } else { scaleOut += amount }
      }
    }
    return (scaleUp, scaleOut)
  }
}
