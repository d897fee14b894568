/// Evicts what is expected to be needed latest, and keeps nothing that is expected later: `next-use`, ours.
///
/// A step visits the layers in turn, so that a layer comes again after a known number of layers d, of L in all, and each
/// time it asks for an expert with some probability p (`UseForecast`). The next use is d + L · (1 − p) / p layers away,
/// which is what Belady's rule would know.
struct NextUse: Replacement {
  private let layers: Int
  private let experts: Int
  private var forecast: UseForecast

  init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
    forecast = UseForecast(layers: layers, experts: experts)
  }

  func victim(among residents: inout Residents, for item: Int) -> Int? {
    let layer = residents.layer(of: item)
    let latest = residents.first(
      for: item, by: { Pair(forecast.probability[$0], $0) }, over: { Pair(-wait(for: $0, from: layer), $0) })
    guard let latest else { return nil }
    return wait(for: latest, from: layer) >= wait(for: item, from: layer) ? latest : nil
  }

  /// Layers until an item is needed again, as expected.
  private func wait(for item: Int, from layer: Int) -> Float {
    let of = item / experts
    let distance = of > layer ? of - layer : of - layer + layers
    let probability = max(forecast.probability[item], 1e-6)
    return Float(distance) + Float(layers) * (1 - probability) / probability
  }

  mutating func announce(_ need: LayerNeed) { forecast.learn(need) }

  func touch(_ items: [Int], of need: LayerNeed) {}
}
