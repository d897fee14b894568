/// What one layer of one step sends in dispatch; combine returns the same copies the other way.
///
/// Counts are copies of a token's activations, whole numbers for recorded tokens and expectations for recorded counts.
/// Row = source rank. Copies that stay on their rank are counted here and cost nothing in the models.
public struct Traffic: Equatable, Sendable {
  public let ranks: Int
  public let ranksPerNode: Int
  /// `[ranks][ranks]` tokens of a source that visit a destination rank: one copy per token and rank; empty where
  /// `relayed` is not nil.
  public var rankCopies: [Double]
  /// `[ranks][nodes]` tokens of a source that visit a node: one copy per token and node; empty where `relayed` is not nil.
  public var nodeCopies: [Double]
  /// What was counted in place of both.
  public var relayed: RelayedCopies?
  /// `[ranks][ranks]` visits: one copy per token and expert; empty where `visitsBySource` alone was counted.
  public var visits: [Double]
  /// `[ranks]` visits of the tokens of each rank, where `visits` is empty.
  public var visitsBySource: [Double] = []
  /// `[ranks]` which of them are there; empty where all are. Those that are not send and receive nothing.
  public var alive: [Bool] = []

  public var nodes: Int { ranks / ranksPerNode }

  public init(ranks: Int, ranksPerNode: Int) {
    precondition(ranks % ranksPerNode == 0)
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    rankCopies = Array(repeating: 0, count: ranks * ranks)
    nodeCopies = Array(repeating: 0, count: ranks * (ranks / ranksPerNode))
    visits = Array(repeating: 0, count: ranks * ranks)
  }

  /// Ranks that are there.
  public var ranksAlive: Int { alive.isEmpty ? ranks : alive.count(where: \.self) }

  /// The rank that hands on a node's copies of the tokens of a source: the one with the source's local index, or where
  /// that is gone one of the others, in turn.
  func relay(of source: Int, onNode node: Int) -> Int {
    let first = node * ranksPerNode
    let usual = first + source % ranksPerNode
    guard !alive.isEmpty, !alive[usual] else { return usual }
    let others = (first..<first + ranksPerNode).filter { alive[$0] }
    return others.isEmpty ? usual : others[source % ranksPerNode % others.count]
  }

  /// Visits of a rank's tokens.
  func visits(ofSource source: Int) -> Double {
    guard !visits.isEmpty else { return visitsBySource[source] }
    return visits[source * ranks..<(source + 1) * ranks].reduce(0, +)
  }

  /// What half of the tokens send, in expectation.
  public var halved: Traffic {
    var half = self
    half.rankCopies = rankCopies.map { $0 / 2 }
    half.nodeCopies = nodeCopies.map { $0 / 2 }
    half.relayed = relayed?.halved
    half.visits = visits.map { $0 / 2 }
    half.visitsBySource = visitsBySource.map { $0 / 2 }
    return half
  }
}

/// Deduplicated copies by the ports that carry them; a token's copy for a node goes to the rank of its source's index there,
/// its relay.
public struct RelayedCopies: Equatable, Sendable {
  /// `[ranksPerNode][ranks]` tokens that visit a rank, those of all sources with one index in their nodes added up.
  public var toRanks: [Double]
  /// `[ranks]` copies that a source sends to other nodes.
  public var sentOut: [Double]
  /// `[ranks]` copies that a relay receives from other nodes.
  public var receivedOut: [Double]
  /// Copies for the nodes of their sources, one per token and node.
  public var within = 0.0

  public init(ranks: Int, ranksPerNode: Int) {
    toRanks = Array(repeating: 0, count: ranksPerNode * ranks)
    sentOut = Array(repeating: 0, count: ranks)
    receivedOut = sentOut
  }

  var halved: RelayedCopies {
    var half = self
    half.toRanks = toRanks.map { $0 / 2 }
    half.sentOut = sentOut.map { $0 / 2 }
    half.receivedOut = receivedOut.map { $0 / 2 }
    half.within = within / 2
    return half
  }
}

/// How much of a `Traffic` has to be counted, each with all before it.
public enum TrafficDetail: Int, Comparable, Sendable {
  /// `relayed` and `visitsBySource`.
  case relays
  /// `rankCopies` and `nodeCopies`.
  case ranks
  /// `visits`.
  case visits

  public static func < (one: TrafficDetail, other: TrafficDetail) -> Bool { one.rawValue < other.rawValue }
}

/// Bytes of one copy of a token's activations on the wire.
public struct Payload: Hashable, Sendable {
  public var dispatchBytes: Double
  /// Nil when the model prices dispatch alone, as the packet document does.
  public var combineBytes: Double?
  /// Whose copies they are; nil for bytes of no known model, which then cost their bytes alone.
  public var shape: TokenShape?

  public init(dispatchBytes: Double, combineBytes: Double?, shape: TokenShape? = nil) {
    self.dispatchBytes = dispatchBytes
    self.combineBytes = combineBytes
    self.shape = shape
  }
}

/// What of a model the kernels of an All-to-All take longer for, besides bytes.
public struct TokenShape: Hashable, Sendable {
  /// Routed experts of a layer.
  public var experts: Int
  public var topK: Int
  /// Width of the hidden state.
  public var hidden: Int

  public init(experts: Int, topK: Int, hidden: Int) {
    self.experts = experts
    self.topK = topK
    self.hidden = hidden
  }
}
