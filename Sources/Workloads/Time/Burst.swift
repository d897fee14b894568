import Diagnostics
import Randomness

/// For the first `length` of every `every` steps, some experts, drawn for each burst, weigh `factor` times as much.
struct Burst: TimeProcess {
  var every: Int
  var length: Int
  var experts: Int
  var factor: Double

  init(_ settings: Settings, shape: WorkloadShape) throws(InputError) {
    every = try settings.integer("every", in: 1...1_000_000_000)
    length = try settings.integer("length", in: 1...every)
    experts = try settings.integer("experts", in: 1...shape.experts)
    factor = try settings.number("factor", in: 1e-6...1e6)
  }

  /// Even for bursts, odd between them.
  func epoch(ofStep step: Int, of steps: Int) -> Int { 2 * (step / every) + (step % every < length ? 0 : 1) }

  func weights(_ base: BasePopularity, epoch: Int) -> [Double] {
    var weights = base.weights()
    guard epoch % 2 == 0 else { return weights }
    var generator = SeededGenerator(seed: base.seed, stream: 0xB025 << 48 | UInt64(epoch) << 16 | UInt64(base.layer))
    for expert in generator.shuffled(weights.indices).prefix(experts) { weights[expert] *= factor }
    return weights
  }
}
