import Replay

/// The load of every rank and layer as a picture: a row for each layer, a column for each rank, coloured by load over
/// the layer's mean.
struct RankLoadPicture {
  /// One colour: the loads it stands for, and the cells that have it as an SVG path.
  struct Shade {
    var name: String
    var label: String
    var path: String
  }

  /// Load over the mean at which each shade begins.
  private static let shades = [
    (0.0, "cold", "below 0.5"), (0.5, "cool", "from 0.5"), (0.8, "even", "from 0.8"), (1.2, "warm", "from 1.2"),
    (1.5, "hot", "from 1.5"), (2, "hottest", "from 2 times the mean"),
  ]

  let ranks: Int
  let layers: Int
  let shades: [Shade]

  /// - Parameter layers: with at least one rank each.
  init(_ layers: [PolicyResult.Layer]) {
    self.layers = layers.count
    ranks = layers.first?.rankTokens.count ?? 0
    var paths = Self.shades.map { _ in "" }
    for (row, layer) in layers.enumerated() {
      let mean = layer.rankTokens.reduce(0, +) / Double(max(1, layer.rankTokens.count))
      for (rank, tokens) in layer.rankTokens.enumerated() {
        let ratio = mean > 0 ? tokens / mean : 1
        let shade = Self.shades.lastIndex { $0.0 <= ratio } ?? 0
        paths[shade] += "M\(rank) \(row)h1v1h-1z"
      }
    }
    shades = zip(Self.shades, paths).map { Shade(name: $0.1, label: $0.2, path: $1) }
  }
}
