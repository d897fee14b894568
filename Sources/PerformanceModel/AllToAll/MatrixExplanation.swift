import Diagnostics

/// What a model has to say of one All-to-All beyond its time.
struct MatrixExplanation {
  /// Microseconds.
  var time: Double
  /// Microseconds that no schedule can beat.
  var bound: Double
  /// The rounds of a packet simulation.
  var schedule: RoundRobinSchedule?
  /// What the even-load formula goes by.
  var evenLoad: EvenLoad?
  /// The links of a network, the most used first, in the network's order among equals.
  var links: [MatrixPrice.LinkUse] = []
  /// Paths through the busiest core of a mesh.
  var routingEntries: Int?
}

/// A model that explains the time of one All-to-All.
protocol ExplainingModel: AllToAllModel {
  /// - Parameters:
  ///   - bytes: `[ranks][ranks]`, row = who sends them; the diagonal is free.
  ///   - isCombine: whether the bytes are those of combine, where links differ in it.
  ///   - log: is told of the rounds, if there are any.
  func explain(
    _ bytes: [Double], ranks: Int, isCombine: Bool, log: ((PacketRound) -> Void)?
  ) throws(InputError) -> MatrixExplanation
}

extension AllToAllModel {
  /// The price of bytes that go straight from their rows to their columns.
  func explanation(of traffic: Traffic, isCombine: Bool) throws -> MatrixExplanation {
    let payload = isCombine ? Payload(dispatchBytes: 0, combineBytes: 1) : Payload(dispatchBytes: 1, combineBytes: nil)
    let cost = try price(traffic, payload: payload)
    return MatrixExplanation(time: isCombine ? cost.combine : cost.dispatch, bound: cost.bound)
  }
}
