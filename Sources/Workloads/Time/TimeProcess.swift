import Diagnostics
import Randomness

/// How the popularity moves from step to step.
protocol TimeProcess: Sendable {
  /// A number for every stretch of steps during which the popularity stays the same.
  func epoch(ofStep step: Int, of steps: Int) -> Int
  /// The weights of one layer during an epoch.
  func weights(_ base: BasePopularity, epoch: Int) -> [Double]
}

/// One layer's popularity, which can be drawn again.
struct BasePopularity {
  let popularity: any ExpertPopularity
  let shape: WorkloadShape
  let layer: Int
  let seed: UInt64

  /// - Parameter draw: each number gives an independent draw, the same one every time.
  func weights(draw: Int = 0, of other: (any ExpertPopularity)? = nil) -> [Double] {
    var generator = SeededGenerator(seed: seed, stream: UInt64(draw) << 40 | 1 << 63 | UInt64(layer))
    return (other ?? popularity).weights(shape: shape, layer: layer, generator: &generator)
  }
}

/// The known time processes.
enum TimeProcesses {
  typealias Parser = @Sendable (Settings, WorkloadShape) throws(InputError) -> any TimeProcess

  static let registry: [(kind: String, parse: Parser)] = [
    ("steady", { _, _ throws(InputError) in Steady() }),
    ("redraw", { settings, _ throws(InputError) in try Redraw(settings) }),
    ("rotate", { settings, _ throws(InputError) in try Rotation(settings) }),
    ("burst", { settings, shape throws(InputError) in try Burst(settings, shape: shape) }),
    ("drift", { settings, shape throws(InputError) in try Drift(settings, shape: shape) }),
    ("segments", { settings, shape throws(InputError) in try Segments(settings, shape: shape) }),
  ]

  static func parse(_ settings: Settings, shape: WorkloadShape) throws(InputError) -> any TimeProcess {
    let kind = try settings.choice("kind", of: registry.map(\.kind))
    guard let entry = registry.first(where: { $0.kind == kind }) else { throw settings.error("unknown", at: "kind") }
    let process = try entry.parse(settings, shape)
    try settings.rejectUnknownKeys()
    return process
  }
}

/// Nothing moves.
struct Steady: TimeProcess {
  func epoch(ofStep step: Int, of steps: Int) -> Int { 0 }
  func weights(_ base: BasePopularity, epoch: Int) -> [Double] { base.weights() }
}
