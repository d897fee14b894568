import Diagnostics

/// The popularity is drawn anew every so many steps: with `hot-cold`, the hot set moves.
struct Redraw: TimeProcess {
  var every: Int

  init(_ settings: Settings) throws(InputError) { every = try settings.integer("every", in: 1...1_000_000_000) }

  func epoch(ofStep step: Int, of steps: Int) -> Int { step / every }
  func weights(_ base: BasePopularity, epoch: Int) -> [Double] { base.weights(draw: epoch) }
}
