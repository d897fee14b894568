/// How often two experts of a layer were chosen by the same token, `[layers][experts][experts]`, symmetric, diagonal 0.
public struct Coactivation: Equatable, Sendable {
  /// Experts per layer beyond which a square table of them is not made.
  public static let maximumExperts = 2048

  public let layers: Int
  public let experts: Int
  /// Layer-major, then row by row; exact up to 2^53.
  public internal(set) var counts: [Double]
  /// Tokens whose pairs are counted, in each layer.
  public internal(set) var tokens = 0

  public init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
    counts = Array(repeating: 0, count: layers * experts * experts)
  }

  /// `[experts][experts]` of one layer.
  package subscript(layer: Int) -> ArraySlice<Double> {
    counts[layer * experts * experts..<(layer + 1) * experts * experts]
  }
}
