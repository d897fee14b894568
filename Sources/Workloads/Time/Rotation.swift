import Diagnostics
import RoutingTrace

/// A rotating hotspot: every so many steps each expert takes over the popularity of the one `by` places before it.
struct Rotation: TimeProcess {
  var every: Int
  var by: Int

  init(_ settings: Settings) throws(InputError) {
    every = try settings.integer("every", in: 1...1_000_000_000)
    by = try settings.integer("by", in: 1...TraceHeader.maximumExperts)
  }

  func epoch(ofStep step: Int, of steps: Int) -> Int { step / every }

  func weights(_ base: BasePopularity, epoch: Int) -> [Double] {
    let weights = base.weights()
    let count = weights.count
    let shift = (epoch % count) * (by % count) % count
    return (0..<count).map { weights[($0 + count - shift) % count] }
  }
}
