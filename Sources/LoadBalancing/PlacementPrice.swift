/// What one layer of a step costs under a placement without replicas, in microseconds: what a planner has to know of the
/// machine to weigh balance against copies.
///
///     U = copies to a rank (tokens that visit it), or visits;  O = copies to a node, or visits to a rank
///     operation = max(max U · scaleUp, max O · scaleOut) − free, at least 0
///     experts   = max over ranks of Σ expert(tokens) − freeExperts, at least 0
///     step      = dispatch + combine + experts − overlap · min(dispatch + combine, derate · experts)
///
/// Latencies and launches, which no placement changes, are left out, so that a price compares placements and is no time of a layer.
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
  public enum Unit: Sendable {
    case copies, visits
  }

  public var tokensPerStep: Double
  /// Experts per token.
  public var topK: Int
  public var scaleUpUnit: Unit
  public var scaleOutUnit: Unit
  public var dispatch: Operation
  public var combine: Operation
  /// What an expert adds to its rank, given the tokens that a step has for it on average.
  public var expert: @Sendable (Double) -> Double
  public var freeExperts: Double
  /// How much of the shorter of communication and computation is hidden, and the speed of communication meanwhile.
  public var overlap: Double
  public var derate: Double

  public init(
    tokensPerStep: Double, topK: Int, scaleUpUnit: Unit = .copies, scaleOutUnit: Unit = .copies, dispatch: Operation,
    combine: Operation, freeExperts: Double = 0, overlap: Double = 0, derate: Double = 1,
    expert: @escaping @Sendable (Double) -> Double
  ) {
    self.tokensPerStep = tokensPerStep
    self.topK = topK
    self.scaleUpUnit = scaleUpUnit
    self.scaleOutUnit = scaleOutUnit
    self.dispatch = dispatch
    self.combine = combine
    self.expert = expert
    self.freeExperts = freeExperts
    self.overlap = overlap
    self.derate = derate
  }

  /// Microseconds of a layer whose most loaded rank takes `experts` and whose busiest ports send `scaleUp` and
  /// `scaleOut` units.
  func time(experts: Double, scaleUp: Double, scaleOut: Double) -> Double {
    func transfer(_ operation: Operation) -> Double {
      max(0, max(operation.scaleUp * scaleUp, operation.scaleOut * scaleOut) - operation.free)
    }
    let communication = transfer(dispatch) + transfer(combine)
    let computation = max(0, experts - freeExperts)
    return communication + computation - overlap * min(communication, derate * computation)
  }
}
