import Diagnostics

/// The even-load formula of the MoE routing simulation and performance model document.
///
///     round  = baseDelay + packets · (packetPreparation + packetSize / linkBandwidth)
///     packets = ⌊linkBandwidth / packetSize⌋
///     rounds = load per node · nodes / (links · nodes·(nodes − 1)/2 · linkBandwidth)
///     total  = initialDelay + rounds · round
///
/// Rounds need not be whole. With one link per pair it is a lower bound of the packet simulation: no round moves more
/// than its busiest first link times the pairs. It knows neither clusters nor packets prepared at once; with
/// `overlapPreparation` its round is the simulation's of full packets. Ranks are the document's nodes.
public struct ClosedFormModel: ExplainingModel {
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
    let perRank = parameters.nodeBandwidth(nodes: traffic.ranksAlive)
    let bytes = payload.dispatchBytes + (payload.combineBytes ?? 0)
    let dispatch = evenLoad(remoteBytes: total * payload.dispatchBytes, ranks: traffic.ranksAlive)
    let combine = payload.combineBytes.map { evenLoad(remoteBytes: total * $0, ranks: traffic.ranksAlive) }
    return AllToAllCost(
      dispatch: time(of: dispatch), combine: combine.map(time(of:)) ?? 0,
      scaleUpBytes: remote.scaleUp * payload.dispatchBytes, scaleOutBytes: remote.scaleOut * payload.dispatchBytes,
      bound: traffic.largestRowOrColumn(copies) * bytes / perRank, rounds: dispatch.rounds + (combine?.rounds ?? 0),
      fixed: parameters.initialDelay * (combine == nil ? 1 : 2))
  }

  public var isDefinition: Bool { true }

  public func hops(of traffic: Traffic, copies: Copies) -> [Double] { traffic.pairCopies(copies) }

  func explain(
    _ bytes: [Double], ranks: Int, isCombine: Bool, log: ((PacketRound) -> Void)?
  ) throws(InputError) -> MatrixExplanation {
    var remote = 0.0
    for (pair, amount) in bytes.enumerated() where pair / ranks != pair % ranks { remote += amount }
    let load = evenLoad(remoteBytes: remote, ranks: ranks)
    let bound = bytes.largestRowOrColumn(ranks: ranks) / parameters.nodeBandwidth(nodes: ranks)
    return MatrixExplanation(time: time(of: load), bound: bound, evenLoad: load)
  }

  /// Microseconds to move `remoteBytes`, all nodes together, spread evenly over the pairs.
  public func time(remoteBytes: Double, ranks: Int) -> Double {
    time(of: evenLoad(remoteBytes: remoteBytes, ranks: ranks))
  }

  private func time(of load: EvenLoad) -> Double { parameters.initialDelay + load.rounds * load.roundTime }

  private func evenLoad(remoteBytes: Double, ranks: Int) -> EvenLoad {
    let pairs = Double(ranks) * Double(ranks - 1) / 2
    let capacity = Double(parameters.links) * pairs * parameters.linkBytesPerRound
    return EvenLoad(
      bytesPerNode: remoteBytes / Double(ranks), roundTime: parameters.baseDelay + fullRound,
      rounds: ranks > 1 ? remoteBytes / capacity : 0)
  }

  /// Microseconds of a round of full packets, without the base delay.
  private var fullRound: Double {
    let packets = (parameters.linkBytesPerRound / parameters.packetSize).rounded(.down)
    let (preparation, sending) = (parameters.packetPreparation, parameters.packetSize / parameters.linkBandwidth)
    guard let multiplier = parameters.overlapPreparation else { return packets * (preparation + sending) }
    return multiplier * (preparation + (packets - 1) * max(preparation, sending) + sending)
  }
}

/// What the even-load formula goes by.
public struct EvenLoad: Equatable, Sendable {
  /// Bytes that a node sends to others, on average.
  public var bytesPerNode: Double
  /// Microseconds of a round, the base delay included.
  public var roundTime: Double
  /// Not necessarily whole.
  public var rounds: Double
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
