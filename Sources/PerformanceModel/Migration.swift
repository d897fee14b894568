import Diagnostics

/// Prices moving expert weights between ranks.
///
/// Bytes go point to point, once: over scale-up inside a node, over the sender's and the receiver's NIC between nodes.
/// The most loaded port decides, at the links' dispatch bandwidth, after the dispatch latency of the widest level used.
/// A cluster that only an explicit topology describes has one port of `linkBandwidth` per rank.
/// A cluster that only the packet model describes streams over its own links, `links · linkBandwidth` for each pair of
/// nodes and both directions together, without packets or rounds, after one base delay.
public struct Migration: Sendable {
  private let ranks: Int
  private let ranksPerNode: Int
  private let scaleUp: Link
  private let scaleOut: Link
  private let roundRobin: RoundRobinParameters?
  /// Bytes per microsecond that a rank sends or receives over its packet links, at most.
  private let portBandwidth: Double

  /// - Parameters:
  ///   - bandwidth: bytes per microsecond that a port reaches in moves, at most; servers reach far less than the link.
  ///   - share: fraction of every link that moves may take.
  /// - Throws: `InputError` (usage) when the cluster has no links to move bytes over.
  public init(cluster: Cluster, bandwidth: Double? = nil, share: Double = 1) throws(InputError) {
    ranks = cluster.ranks
    ranksPerNode = cluster.ranksPerNode
    portBandwidth = bandwidth ?? .infinity
    var links: (up: Link, out: Link)
    if let scaleUp = cluster.scaleUp {
      roundRobin = nil
      links = (scaleUp, cluster.scaleOut ?? scaleUp)
    } else if let parameters = cluster.roundRobin {
      roundRobin = parameters.leaving(share)
      let link = Link(dispatchBandwidth: parameters.linkBandwidth, combineBandwidth: parameters.linkBandwidth)
      links = (link, link)
    } else if let rate = cluster.fairShare?.linkBandwidth {
      roundRobin = nil
      let link = Link(dispatchBandwidth: rate, combineBandwidth: rate)
      links = (link, link)
    } else {
      throw InputError("no scaleUp to move experts over", in: cluster.name, status: .usage)
    }
    links.up.dispatchBandwidth = min(portBandwidth, share * links.up.dispatchBandwidth)
    links.out.dispatchBandwidth = min(portBandwidth, share * links.out.dispatchBandwidth)
    (scaleUp, scaleOut) = links
  }

  /// Microseconds to move `bytes`, `[ranks][ranks]`, row = sender; the diagonal is free, and moving nothing takes none.
  public func time(bytes: [Double]) -> Double {
    precondition(bytes.count == ranks * ranks)
    if let roundRobin { return meshTime(bytes: bytes, parameters: roundRobin) }
    var loads = PortLoads(ranks: ranks)
    for source in 0..<ranks {
      for destination in 0..<ranks where source != destination {
        let amount = bytes[source * ranks + destination]
        guard amount > 0 else { continue }
        if source / ranksPerNode == destination / ranksPerNode {
          loads.addScaleUp(amount, from: source, to: destination)
        } else {
          loads.addScaleOut(amount, from: source, to: destination)
        }
      }
    }
    let (up, out) = (loads.maximumScaleUp, loads.maximumScaleOut)
    guard up > 0 || out > 0 else { return 0 }
    let latency = (out > 0 ? scaleOut : scaleUp).dispatchLatency.microseconds(ranks: ranks)
    return latency + max(up / scaleUp.dispatchBandwidth, out / scaleOut.dispatchBandwidth)
  }

  /// Bytes per microsecond of a port, or of a pair of ranks over packet links.
  ///
  /// - Parameter acrossNodes: of the port that leads to other nodes.
  public func bandwidth(acrossNodes: Bool) -> Double {
    if let roundRobin { return min(portBandwidth, Double(roundRobin.links) * roundRobin.linkBandwidth) }
    return (acrossNodes ? scaleOut : scaleUp).dispatchBandwidth
  }

  private func meshTime(bytes: [Double], parameters: RoundRobinParameters) -> Double {
    var largest = 0.0
    var busiestPort = 0.0
    for first in 0..<ranks {
      var (sent, received) = (0.0, 0.0)
      for second in 0..<ranks where second != first {
        sent += bytes[first * ranks + second]
        received += bytes[second * ranks + first]
        largest = max(largest, bytes[first * ranks + second] + bytes[second * ranks + first])
      }
      busiestPort = max(busiestPort, sent, received)
    }
    guard largest > 0 else { return 0 }
    let link = Double(parameters.links) * parameters.linkBandwidth
    return parameters.baseDelay + max(largest / link, busiestPort / portBandwidth)
  }
}

/// Bytes that each rank's ports send and receive.
struct PortLoads {
  private var sentUp: [Double]
  private var receivedUp: [Double]
  private var sentOut: [Double]
  private var receivedOut: [Double]

  init(ranks: Int) {
    sentUp = Array(repeating: 0, count: ranks)
    receivedUp = sentUp
    sentOut = sentUp
    receivedOut = sentUp
  }

  mutating func addScaleUp(_ bytes: Double, from source: Int, to destination: Int) {
    sentUp[source] += bytes
    receivedUp[destination] += bytes
  }

  mutating func addScaleOut(_ bytes: Double, from source: Int, to destination: Int) {
    sentOut[source] += bytes
    receivedOut[destination] += bytes
  }

  var maximumScaleUp: Double { max(sentUp.max() ?? 0, receivedUp.max() ?? 0) }
  var maximumScaleOut: Double { max(sentOut.max() ?? 0, receivedOut.max() ?? 0) }
}
