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
    var generator = generator(draw: draw)
    return (other ?? popularity).weights(shape: shape, layer: layer, generator: &generator)
  }

  /// Those of the first draw; nil where the popularity has none.
  func hotExperts() -> [Int]? {
    var generator = generator(draw: 0)
    return popularity.hotExperts(shape: shape, generator: &generator)
  }

  private func generator(draw: Int) -> SeededGenerator {
    SeededGenerator(seed: seed, stream: UInt64(draw) << 40 | 1 << 63 | UInt64(layer))
  }
}

/// The known time processes.
enum TimeProcesses {
  static let registry = Registry<Maker<Settings, WorkloadShape, any TimeProcess>>(
    "time process",
    [
      .init("steady", "nothing moves") { _, _ in Steady() },
      .init("redraw", "drawn anew every so many steps") { settings, _ throws(InputError) in try Redraw(settings) },
      .init("rotate", "a hotspot that moves from expert to expert") { settings, _ throws(InputError) in
        try Rotation(settings)
      },
      .init("burst", "some experts weigh more for a while", make: Burst.init),
      .init("drift", "evenly from one popularity to another", make: Drift.init),
      .init("segments", "given shares for each of equal stretches", make: Segments.init),
    ])

  static func parse(_ settings: Settings, shape: WorkloadShape) throws(InputError) -> any TimeProcess {
    let process = try settings.choice("kind", of: registry)(settings, shape)
    try settings.rejectUnknownKeys()
    return process
  }
}

/// Nothing moves.
struct Steady: TimeProcess {
  func epoch(ofStep step: Int, of steps: Int) -> Int { 0 }
  func weights(_ base: BasePopularity, epoch: Int) -> [Double] { base.weights() }
}
