import Diagnostics

/// The even-load formula of the MoE routing simulation and performance model document.
///
///     round  = baseDelay + ⌊linkBandwidth / packetSize⌋ · (packetPreparation + packetSize / linkBandwidth)
///     rounds = load per node · nodes / (links · nodes·(nodes − 1)/2 · linkBandwidth)
///     total  = initialDelay + rounds · round
///
/// Rounds need not be whole. With one link per pair it is a lower bound of the packet simulation: no round moves more
/// than its busiest first link times the pairs. It knows neither clusters nor
/// packets prepared at once. Ranks are the document's nodes.
public struct ClosedFormModel: AllToAllModel {
  private let parameters: RoundRobinParameters
  private let copies: Copies

  /// - Throws: `InputError` (usage) when the cluster does not describe a packet network.
  public init(cluster: Cluster) throws(InputError) {
    guard let parameters = cluster.roundRobin else {
      throw InputError("the closed-form model needs roundRobin", in: cluster.name, status: .usage)
    }
    guard parameters.packetSize <= parameters.linkBytesPerRound else {
      throw InputError(
        "a packet of \(parameters.packetSize) B does not fit a round of a link (\(parameters.linkBytesPerRound) B)",
        in: cluster.name, status: .usage)
    }
    self.parameters = parameters
    copies = cluster.copies
  }

  public func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    let remote = traffic.remoteCopies(copies)
    let total = remote.scaleUp + remote.scaleOut
    let perRank = parameters.nodeBandwidth(nodes: traffic.ranks)
    let bytes = payload.dispatchBytes + (payload.combineBytes ?? 0)
    return AllToAllCost(
      dispatch: time(remoteBytes: total * payload.dispatchBytes, ranks: traffic.ranks),
      combine: payload.combineBytes.map { time(remoteBytes: total * $0, ranks: traffic.ranks) } ?? 0,
      scaleUpBytes: remote.scaleUp * payload.dispatchBytes, scaleOutBytes: remote.scaleOut * payload.dispatchBytes,
      bound: traffic.largestRowOrColumn(copies) * bytes / perRank)
  }

  /// Microseconds to move `remoteBytes`, all nodes together, spread evenly over the pairs.
  public func time(remoteBytes: Double, ranks: Int) -> Double {
    guard ranks > 1 else { return parameters.initialDelay }
    let pairs = Double(ranks) * Double(ranks - 1) / 2
    let rounds = remoteBytes / (Double(parameters.links) * pairs * parameters.linkBytesPerRound)
    let packets = (parameters.linkBytesPerRound / parameters.packetSize).rounded(.down)
    let round =
      parameters.baseDelay
      + packets * (parameters.packetPreparation + parameters.packetSize / parameters.linkBandwidth)
    return parameters.initialDelay + rounds * round
  }
}

extension Traffic {
  /// `[ranks][ranks]` copies from source to destination when nothing is relayed.
  func pairCopies(_ copies: Copies) -> [Double] {
    switch copies {
    case .dedup: return rankCopies
    case .direct: return visits
    case .mixed:
      var matrix = visits
      for source in 0..<ranks {
        let node = source / ranksPerNode * ranksPerNode
        let block = source * ranks + node..<source * ranks + node + ranksPerNode
        matrix.replaceSubrange(block, with: rankCopies[block])
      }
      return matrix
    }
  }

  /// Copies that leave their rank, within nodes and between them, each counted from its source.
  func remoteCopies(_ copies: Copies) -> (scaleUp: Double, scaleOut: Double) {
    let matrix = pairCopies(copies)
    var (scaleUp, scaleOut) = (0.0, 0.0)
    for source in 0..<ranks {
      for destination in 0..<ranks where destination != source {
        let amount = matrix[source * ranks + destination]
        if source / ranksPerNode == destination / ranksPerNode { scaleUp += amount } else { scaleOut += amount }
      }
    }
    return (scaleUp, scaleOut)
  }
}
