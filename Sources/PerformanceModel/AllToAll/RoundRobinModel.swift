import Diagnostics

/// The packet-by-packet full mesh of the MoE routing simulation and performance model document.
///
/// Time runs in rounds. In a round each source in turn sweeps over the destinations, at most `maxPacketsPerTurn` packets
/// each, until a sweep sends nothing. A packet needs room in both NICs and takes the lowest link of its pair that has
/// room and is idle or already runs its way. The round lasts
///
///     ⌈(most packets on any pair's first link, at least 1) / preparedAtOnce⌉ · packetPreparation
///       + (longest time of any first link's bytes at its bandwidth)
///
/// or, with `overlapPreparation`, so many times the longest of any first link's
///
///     packetPreparation + Σ over its packets but the last of max(packetPreparation, its bytes / bandwidth)
///       + the last packet's bytes / bandwidth
///
/// and the whole takes initialDelay + Σ (baseDelay + round). Ranks are the document's nodes.
public struct RoundRobinModel: ExplainingModel {
  public let parameters: RoundRobinParameters
  private let copies: Copies

  /// Packets simulated one by one after which a simulation gives up: about a minute's work.
  package static let packetLimit = 2_000_000_000
  /// Looks at a pair of ranks after which it does.
  package static let visitLimit = 1 << 36
  /// Packets in all, of which most repeat rounds: beyond that a packet is lost in the rounding of what is left.
  package static let packetsInAll = 0x1p50

  /// Rounds after which a queue that cannot send no longer keeps equal rounds from being counted as such. Not from the
  /// first, as times that are added up in another order differ in their last digit.
  private static let roundsOneByOne = 1 << 16

  public init(parameters: RoundRobinParameters, copies: Copies) {
    self.parameters = parameters
    self.copies = copies
  }

  /// - Throws: `InputError` (usage) when the cluster does not describe a packet network.
  public init(cluster: Cluster) throws(InputError) {
    guard let parameters = cluster.roundRobin else {
      throw InputError("the round-robin model needs roundRobin", in: cluster.name, status: .usage)
    }
    self.init(parameters: parameters, copies: cluster.copies)
  }

  public func price(_ traffic: Traffic, payload: Payload) throws -> AllToAllCost {
    let matrix = traffic.pairCopies(copies)
    let ranks = traffic.ranks
    var bytes = matrix.map { $0 * payload.dispatchBytes }
    var cost = AllToAllCost(fixed: parameters.initialDelay * (payload.combineBytes == nil ? 1 : 2))
    for source in 0..<ranks {
      for destination in 0..<ranks where source != destination {
        let amount = bytes[source * ranks + destination]
        if source / traffic.ranksPerNode == destination / traffic.ranksPerNode {
          cost.scaleUpBytes += amount
        } else {
          cost.scaleOutBytes += amount
        }
      }
    }
    let largest = matrix.largestRowOrColumn(ranks: ranks)
    cost.bound =
      largest * (payload.dispatchBytes + (payload.combineBytes ?? 0)) / parameters.nodeBandwidth(nodes: ranks)
    let dispatch = try schedule(bytes: bytes, ranks: ranks)
    cost.dispatch = dispatch.time
    cost.rounds = Double(dispatch.rounds)
    if let combineBytes = payload.combineBytes {
      bytes = matrix.transposed(ranks: ranks).map { $0 * combineBytes }
      let combine = try schedule(bytes: bytes, ranks: ranks)
      cost.combine = combine.time
      cost.rounds = Double(dispatch.rounds + combine.rounds)
    }
    return cost
  }

  public var isDefinition: Bool { true }

  public func hops(of traffic: Traffic, copies: Copies) -> [Double] { traffic.pairCopies(copies) }

  func explain(
    _ bytes: [Double], ranks: Int, isCombine: Bool, log: ((PacketRound) -> Void)?
  ) throws(InputError) -> MatrixExplanation {
    let schedule = try schedule(bytes: bytes, ranks: ranks, log: log)
    let bound = bytes.largestRowOrColumn(ranks: ranks) / parameters.nodeBandwidth(nodes: ranks)
    return MatrixExplanation(time: schedule.time, bound: bound, schedule: schedule)
  }

  /// The rounds that move `bytes`, `[ranks][ranks]`, row = source; the diagonal is free.
  ///
  /// A round starts from idle links and depends on the queues only through which packets are full, so as long as no
  /// queue runs low the next round is the same: equal rounds are counted, not simulated.
  ///
  /// - Parameter log: is told of every round that was simulated, and how often it repeats.
  /// - Throws: `InputError` when a packet can fit neither NIC nor link, or the packets are more than can be simulated.
  public func schedule(
    bytes: [Double], ranks: Int, log: ((PacketRound) -> Void)? = nil
  ) throws(InputError) -> RoundRobinSchedule {
    precondition(bytes.count == ranks * ranks)
    let total = bytes.reduce(0) { $0 + ($1 / parameters.packetSize).rounded(.up) }
    guard total <= Self.packetsInAll else {
      throw InputError("\(total) packets of \(parameters.packetSize) B, expected at most \(Self.packetsInAll)")
    }
    var mesh = PacketMesh(bytes: bytes, ranks: ranks, parameters: parameters)
    var schedule = RoundRobinSchedule(parameters: parameters)
    var (packets, visits, simulated) = (0, 0, 0)
    while mesh.hasBytesLeft {
      let round = mesh.runRound()
      guard round.packets > 0 else {
        throw InputError(
          "a packet of \(parameters.packetSize) B fits neither a round of the NIC (\(parameters.nicRate) B) nor of a"
            + " link (\(parameters.linkBytesPerRound) B)")
      }
      packets += round.packets
      visits += mesh.waitingPairs
      guard packets <= Self.packetLimit, visits <= Self.visitLimit else {
        throw InputError("more than \(Self.packetLimit) packets to simulate; use larger packets or the port model")
      }
      simulated += 1
      let repeats = mesh.repeatRound(passingOverBlocked: simulated > Self.roundsOneByOne)
      let (first, start) = (schedule.rounds, schedule.time)
      schedule.append(parameters.time(of: round), count: 1 + repeats)
      if let log { log(PacketRound(mesh, first: first, start: start, run: schedule.runs[schedule.runs.count - 1])) }
    }
    return schedule
  }
}

extension RoundRobinParameters {
  /// Microseconds of a round, without the base delay.
  fileprivate func time(of round: PacketMesh.Round) -> Double {
    if let overlapPreparation { return overlapPreparation * round.overlappedTime }
    let batches = (max(1, round.firstLinkPackets) + preparedAtOnce - 1) / preparedAtOnce
    return Double(batches) * packetPreparation + round.firstLinkTime
  }
}

/// What a packet simulation found: runs of equal rounds.
public struct RoundRobinSchedule: Equatable, Sendable {
  /// Equal rounds in a row.
  public struct Run: Equatable, Sendable {
    /// Microseconds of one round, without the base delay.
    public var time: Double
    public var count: Int
  }

  public private(set) var runs: [Run] = []
  public private(set) var rounds = 0
  /// Microseconds from start to end, delays included.
  public private(set) var time: Double
  private let parameters: RoundRobinParameters

  init(parameters: RoundRobinParameters) {
    self.parameters = parameters
    time = parameters.initialDelay
  }

  mutating func append(_ round: Double, count: Int) {
    runs.append(Run(time: round, count: count))
    rounds += count
    time += Double(count) * (round + parameters.baseDelay)
  }

  /// Microseconds of each round in order, without the base delay; at most the first `limit` rounds.
  public func roundTimes(limit: Int = 1_000_000) -> [Double] {
    var times: [Double] = []
    for run in runs where times.count < limit {
      times += Array(repeating: run.time, count: min(run.count, limit - times.count))
    }
    return times
  }
}
