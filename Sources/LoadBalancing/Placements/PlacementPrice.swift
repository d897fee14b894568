/// What one layer of a step costs under a placement without replicas, in microseconds: what a planner has to know of
/// the machine to weigh balance against copies.
///
///     U = copies to a rank (tokens that visit it), or visits;  O = copies to a node, or visits to a rank
///     port(X)   = max(receiver · max X, sender · mean X)
///     operation = max(port(U) · scaleUp, port(O) · scaleOut) − free, at least 0
///     experts   = max over ranks of Σ expert(tokens) − freeExperts, at least 0
///     step      = dispatch + combine + experts
///                 − overlap · (derate + computeDerate − 1) · min((dispatch + combine) / derate, experts / computeDerate)
///
/// Latencies and launches, which no placement changes, are left out, so that a price compares placements and is no time
/// of a layer.
public struct PlacementPrice: Sendable {
  /// Dispatch or combine.
  public struct Operation: Equatable, Sendable {
    /// Per unit on the busiest scale-up port, and on the busiest NIC.
    public var scaleUp: Double
    public var scaleOut: Double
    /// Transfer that costs nothing, as it is below a floor.
    public var free: Double

    public init(scaleUp: Double, scaleOut: Double, free: Double = 0) {
      self.scaleUp = scaleUp
      self.scaleOut = scaleOut
      self.free = free
    }
  }

  /// What is sent for a token: one copy to a place, or one for each of its experts there.
  public enum Unit: Equatable, Sendable {
    case copies, visits
  }

  /// How uneven the tokens' sources are: the busiest sender and receiver of what even sources would send, over the
  /// mean.
  public struct Sources: Equatable, Sendable {
    public var scaleUpSender: Double
    public var scaleOutSender: Double
    public var scaleOutReceiver: Double

    public init(scaleUpSender: Double = 1, scaleOutSender: Double = 1, scaleOutReceiver: Double = 1) {
      self.scaleUpSender = scaleUpSender
      self.scaleOutSender = scaleOutSender
      self.scaleOutReceiver = scaleOutReceiver
    }
  }

  public var tokensPerStep: Double
  /// Experts per token.
  public var topK: Int
  public var scaleUpUnit: Unit
  public var scaleOutUnit: Unit
  public var dispatch: Operation
  public var combine: Operation
  public var sources: Sources
  /// What an expert adds to its rank's time t, given the tokens that a step has for it on average and a rate r: the
  /// expectation of t at r = 0, and log E[exp(r·t)] / r above, in which a time that scatters weighs more.
  public var expert: @Sendable (_ tokens: Double, _ rate: Double) -> Double
  public var freeExperts: Double
  /// How much of the shorter of communication and computation runs beside the other, and the speed of communication and
  /// of computation meanwhile.
  public var overlap: Double
  public var derate: Double
  public var computeDerate: Double

  public init(
    tokensPerStep: Double, topK: Int, scaleUpUnit: Unit = .copies, scaleOutUnit: Unit = .copies, dispatch: Operation,
    combine: Operation, sources: Sources = Sources(), freeExperts: Double = 0, overlap: Double = 0, derate: Double = 1,
    computeDerate: Double = 1,
    expert: @escaping @Sendable (_ tokens: Double, _ rate: Double) -> Double
  ) {
    self.tokensPerStep = tokensPerStep
    self.topK = topK
    self.scaleUpUnit = scaleUpUnit
    self.scaleOutUnit = scaleOutUnit
    self.dispatch = dispatch
    self.combine = combine
    self.sources = sources
    self.expert = expert
    self.freeExperts = freeExperts
    self.overlap = overlap
    self.derate = derate
    self.computeDerate = computeDerate
  }

  /// All but what experts add.
  struct Figures: Equatable, Sendable {
    fileprivate let tokensPerStep: Double
    fileprivate let topK: Int
    fileprivate let units: [Unit]
    fileprivate let operations: [Operation]
    fileprivate let sources: Sources
    fileprivate let others: [Double]
  }

  var figures: Figures {
    Figures(
      tokensPerStep: tokensPerStep, topK: topK, units: [scaleUpUnit, scaleOutUnit], operations: [dispatch, combine],
      sources: sources, others: [freeExperts, overlap, derate, computeDerate])
  }

  /// Units that a port takes in where most are, and on average.
  package struct PortLoad {
    package var busiest: Double
    package var mean: Double

    package init(busiest: Double, mean: Double) {
      self.busiest = busiest
      self.mean = mean
    }
  }

  /// Microseconds of a layer whose most loaded rank takes `experts`.
  package func time(experts: Double, scaleUp: PortLoad, scaleOut: PortLoad) -> Double {
    let up = max(scaleUp.busiest, sources.scaleUpSender * scaleUp.mean)
    let out = max(sources.scaleOutReceiver * scaleOut.busiest, sources.scaleOutSender * scaleOut.mean)
    func transfer(_ operation: Operation) -> Double {
      max(0, max(operation.scaleUp * up, operation.scaleOut * out) - operation.free)
    }
    let communication = transfer(dispatch) + transfer(combine)
    let computation = max(0, experts - freeExperts)
    let surplus = derate + (computeDerate - 1)
    let saved =
      communication * computeDerate <= computation * derate
      ? communication * (surplus / derate) : computation * (surplus / computeDerate)
    return communication + computation - overlap * saved
  }
}
