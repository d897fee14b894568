/// How often two experts of a layer were chosen by the same token.
public struct Coactivation: Equatable, Sendable {
  /// Experts per layer beyond which no table of their pairs is made.
  public static let maximumExperts = 2048

  public let layers: Int
  public let experts: Int
  /// `[layers][experts · (experts − 1) / 2]`, pairs a < b of a layer in the order of b.
  var pairs: [UInt64]
  /// Tokens whose pairs are counted, in each layer.
  public internal(set) var tokens = 0

  public init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
    // One more, for an expert and itself, which no token of a valid step has.
    pairs = Array(repeating: 0, count: layers * (experts * (experts - 1) / 2) + 1)
  }

  var pairsPerLayer: Int { experts * (experts - 1) / 2 }

  /// `[experts][experts]` of one layer, symmetric, diagonal 0; exact up to 2^53.
  public subscript(layer: Int) -> [Double] {
    var square = Array(repeating: 0.0, count: experts * experts)
    var pair = layer * pairsPerLayer
    for b in 0..<experts {
      for a in 0..<b {
        square[a * experts + b] = Double(pairs[pair])
        square[b * experts + a] = Double(pairs[pair])
        pair += 1
      }
    }
    return square
  }
}
