/// What steps leave to moves, and what moves take from them: means over the steps since a plan was last made, or over
/// the interval before where there is none yet.
struct MovePace {
  /// Microseconds of a step in which experts may be on their way.
  private var free = Mean()
  /// Microseconds of dispatch and combine in a step, without latencies.
  private var sending = Mean()
  private var before: (free: Double, sending: Double)?

  /// Takes in a step that is over.
  ///
  /// - Parameter timeForMoves: microseconds of it in which experts might have been on their way.
  mutating func observe(_ layers: [LayerOutcome], timeForMoves: Double) {
    free.add(timeForMoves)
    sending.add(layers.reduce(0) { $0 + max(0, $1.time.communication - $1.cost.fixed) })
  }

  /// Nil before the first step.
  var perStep: (free: Double, sending: Double)? {
    guard let free = free.value, let sending = sending.value else { return before }
    return (free, sending)
  }

  /// Begins the next interval.
  mutating func restart() {
    before = perStep
    (free, sending) = (Mean(), Mean())
  }
}
