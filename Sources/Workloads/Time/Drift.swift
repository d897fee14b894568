import Diagnostics

/// The popularity moves evenly from the base to another one over the trace, in at most 64 stretches.
struct Drift: TimeProcess {
  private static let stretches = 64
  var target: any ExpertPopularity

  init(_ settings: Settings, shape: WorkloadShape) throws(InputError) {
    target = try Popularities.parse(try settings.section("to"), shape: shape)
    guard !target.isLoad else { throw settings.error("expected a kind that draws its weights", at: "to") }
  }

  func epoch(ofStep step: Int, of steps: Int) -> Int { steps > 1 ? step * (Self.stretches - 1) / (steps - 1) : 0 }

  func weights(_ base: BasePopularity, epoch: Int) -> [Double] {
    let start = base.weights()
    let end = base.weights(draw: 1, of: target)
    let fraction = Double(epoch) / Double(Self.stretches - 1)
    let (startTotal, endTotal) = (start.reduce(0, +), end.reduce(0, +))
    return zip(start, end).map { $0 / startTotal * (1 - fraction) + $1 / endTotal * fraction }
  }
}
