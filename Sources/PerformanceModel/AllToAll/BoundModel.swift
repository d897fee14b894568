import Diagnostics

/// The lower bound of any schedule: max(row sum, column sum) / bandwidth at the bottleneck level, without latency.
///
/// A Birkhoff–von Neumann schedule attains it (FAST, NSDI 2026). Where a cluster has ports, rows and columns are what
/// each port sends and receives with the cluster's copies. Where only the packet model describes it, a rank's bandwidth
/// is that of its links to all others together, and its copies are those of the packets. Where only an explicit topology
/// describes it, every link of the paths counts.
public struct BoundModel: AllToAllModel {
  enum Network: Sendable {
    case ports(PortModel)
    /// Bytes per microsecond that one rank can send, and receive.
    case mesh(bandwidth: Double)
    case links(FairShareModel)
  }

  let network: Network
  let copies: Copies

  /// - Throws: `InputError` (usage) when the cluster has neither ports nor a packet network.
  public init(cluster: Cluster) throws(InputError) {
    copies = cluster.copies
    if let scaleUp = cluster.scaleUp {
      var ideal = cluster
      ideal.scaleUp = scaleUp.withoutLatency
      ideal.scaleOut = cluster.scaleOut?.withoutLatency
      ideal.overhead = .none
      network = .ports(try PortModel(cluster: ideal))
    } else if let parameters = cluster.roundRobin {
      network = .mesh(bandwidth: parameters.nodeBandwidth(nodes: cluster.ranks))
    } else if cluster.fairShare != nil {
      network = .links(try FairShareModel(cluster: cluster))
    } else {
      throw InputError("the bound needs scaleUp, roundRobin or fairShare", in: cluster.name, status: .usage)
    }
  }

  public func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    var cost = cost(of: traffic, payload: payload)
    cost.bound = cost.dispatch + cost.combine
    return cost
  }

  /// Over a packet network, whose figures are a document's.
  public var isDefinition: Bool { if case .mesh = network { true } else { false } }

  public var reads: TrafficDetail {
    if case .ports(let model) = network { return model.reads }
    return copies == .dedup ? .ranks : .visits
  }

  public func hops(of traffic: Traffic, copies: Copies) -> [Double] {
    switch network {
    case .ports(let model): model.hops(of: traffic, copies: copies)
    case .mesh: traffic.pairCopies(copies)
    case .links(let model): model.hops(of: traffic, copies: copies)
    }
  }

  private func cost(of traffic: Traffic, payload: Payload) -> AllToAllCost {
    switch network {
    case .ports(let model): return model.price(traffic, payload: payload)
    case .links(let model): return model.bound(traffic, payload: payload)
    case .mesh(let bandwidth):
      let largest = traffic.largestRowOrColumn(copies)
      let remote = traffic.remoteCopies(copies)
      return AllToAllCost(
        dispatch: largest * payload.dispatchBytes / bandwidth,
        combine: payload.combineBytes.map { largest * $0 / bandwidth } ?? 0,
        scaleUpBytes: remote.scaleUp * payload.dispatchBytes, scaleOutBytes: remote.scaleOut * payload.dispatchBytes)
    }
  }
}

extension Traffic {
  /// The most copies that one rank sends to, or receives from, all others.
  func largestRowOrColumn(_ copies: Copies) -> Double { pairCopies(copies).largestRowOrColumn(ranks: ranks) }
}

extension [Double] {
  /// Of `[ranks][ranks]`, without the diagonal.
  func largestRowOrColumn(ranks: Int) -> Double {
    var largest = 0.0
    for rank in 0..<ranks {
      var (row, column) = (0.0, 0.0)
      for other in 0..<ranks where other != rank {
        row += self[rank * ranks + other]
        column += self[other * ranks + rank]
      }
      largest = Swift.max(largest, row, column)
    }
    return largest
  }
}
