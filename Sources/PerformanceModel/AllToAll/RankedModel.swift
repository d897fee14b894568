/// What each rank takes in the two All-to-Alls of one layer of one step, as if it had to wait for no other.
package struct RankTimes: Equatable, Sendable {
  /// `[ranks]` microseconds each; no rank takes longer than what `AllToAllModel.price` gives.
  package var dispatch: [Double]
  /// Zeros when the payload has no combine.
  package var combine: [Double]

  package init(dispatch: [Double], combine: [Double]) {
    self.dispatch = dispatch
    self.combine = combine
  }
}

/// A model whose price is that of the rank that takes longest, so that others have a time of their own.
protocol RankedModel: AllToAllModel {
  /// Nil where it knows no rank's time on this network.
  func rankTimes(of traffic: Traffic, payload: Payload) -> RankTimes?
}

extension PortModel: RankedModel {
  /// The price with each rank's own ports and copies in the place of the busiest.
  ///
  /// Where the busiest port, NIC and kernel are different ranks', a price can be longer than any rank's time.
  ///
  /// - Complexity: O(ranks²).
  func rankTimes(of traffic: Traffic, payload: Payload) -> RankTimes? {
    let none = Array(repeating: 0.0, count: traffic.ranks)
    guard traffic.ranks > 1 else { return RankTimes(dispatch: none, combine: none) }
    let ports = PortCounts(hops(of: traffic, copies: copies), of: traffic)
    let handled =
      payload.shape.flatMap { countsHandled ? traffic.handledCopiesPerRank(copies, topK: $0.topK) : nil }
      ?? none.map { _ in HandledCopies() }
    func times(_ operation: PortOperation, _ bytes: Double) -> [Double] {
      none.indices.map { rank in
        operation.time(
          up: ports.up[rank].bytes(bytes, halfSize: halfSizes?.scaleUp ?? 0),
          out: ports.out[rank].bytes(bytes, halfSize: halfSizes?.scaleOut ?? 0), handled: handled[rank],
          bytesPerCopy: bytes, shape: payload.shape
        ).total
      }
    }
    return RankTimes(
      dispatch: times(dispatch, payload.dispatchBytes), combine: payload.combineBytes.map { times(combine, $0) } ?? none
    )
  }
}

extension BoundModel: RankedModel {
  func rankTimes(of traffic: Traffic, payload: Payload) -> RankTimes? {
    switch network {
    case .ports(let model): return model.rankTimes(of: traffic, payload: payload)
    case .links: return nil
    case .mesh(let bandwidth):
      let ports = PortCounts(traffic.pairCopies(copies), ranks: traffic.ranks, ranksPerNode: traffic.ranks)
      func times(_ bytes: Double) -> [Double] { ports.up.map { $0.bytes(bytes, halfSize: 0) / bandwidth } }
      return RankTimes(
        dispatch: times(payload.dispatchBytes), combine: times(payload.combineBytes ?? 0))
    }
  }
}

extension AllToAllModel {
  /// What each rank takes; nil for a model that knows only when the last one is done.
  package func knownRankTimes(of traffic: Traffic, payload: Payload) -> RankTimes? {
    (self as? any RankedModel)?.rankTimes(of: traffic, payload: payload)
  }
}

/// Copies that each rank's ports send and receive.
private struct PortCounts {
  /// One port.
  struct Port {
    var sent = 0.0
    var received = 0.0
    /// Ranks that are sent to, and received from.
    var receivers = 0.0
    var senders = 0.0

    /// The busier direction.
    func bytes(_ perCopy: Double, halfSize: Double) -> Double {
      max(sent * perCopy + receivers * halfSize, received * perCopy + senders * halfSize)
    }
  }

  private(set) var up: [Port]
  private(set) var out: [Port]

  init(_ hops: [Double], of traffic: Traffic) {
    self.init(hops, ranks: traffic.ranks, ranksPerNode: traffic.ranksPerNode)
  }

  /// - Parameter hops: `[ranks][ranks]` copies, row = who sends them; the diagonal is free.
  init(_ hops: [Double], ranks: Int, ranksPerNode: Int) {
    up = Array(repeating: Port(), count: ranks)
    out = up
    for source in 0..<ranks {
      for destination in 0..<ranks where destination != source {
        let amount = hops[source * ranks + destination]
        guard amount > 0 else { continue }
        let ports = source / ranksPerNode == destination / ranksPerNode ? \PortCounts.up : \PortCounts.out
        self[keyPath: ports][source].sent += amount
        self[keyPath: ports][source].receivers += 1
        self[keyPath: ports][destination].received += amount
        self[keyPath: ports][destination].senders += 1
      }
    }
  }
}

extension Traffic {
  /// `[ranks]` what each rank's kernels handle.
  ///
  /// - Parameter topK: visits of a token.
  func handledCopiesPerRank(_ copies: Copies, topK: Int) -> [HandledCopies] {
    let matrix = copies == .direct ? visits : rankCopies
    return (0..<ranks).map { rank in
      var (sent, received) = (0.0, 0.0)
      for other in 0..<ranks {
        sent += matrix[rank * ranks + other]
        received += matrix[other * ranks + rank]
      }
      return HandledCopies(tokens: visits(ofSource: rank) / Double(topK), copies: max(sent, received))
    }
  }
}
