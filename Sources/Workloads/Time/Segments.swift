import Diagnostics

/// Given shares of the load for each of several equal stretches of the trace: the drift that `fit` found.
struct Segments: TimeProcess {
  /// `[segments][layers][experts]`, up to scale.
  var shares: [[[Double]]]

  init(shares: [[[Double]]]) { self.shares = shares }

  init(_ settings: Settings, shape: WorkloadShape) throws(InputError) {
    let count = try settings.integer("count", in: 1...256)
    let rows = try TablePopularity.rows(settings, key: "shares", count: count * shape.layers, shape: shape)
    shares = (0..<count).map { Array(rows[$0 * shape.layers..<($0 + 1) * shape.layers]) }
  }

  func epoch(ofStep step: Int, of steps: Int) -> Int { min(shares.count - 1, step * shares.count / max(1, steps)) }
  func weights(_ base: BasePopularity, epoch: Int) -> [Double] { shares[epoch][base.layer] }
}
