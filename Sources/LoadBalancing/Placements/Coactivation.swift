/// How often two experts of a layer were chosen by the same token, `[layers][experts][experts]`, symmetric, diagonal 0.
public struct Coactivation: Equatable, Sendable {
  /// Experts per layer beyond which a square table of them is not made.
  public static let maximumExperts = 2048

  public let layers: Int
  public let experts: Int
  /// Layer-major, then row by row; exact up to 2^53.
  public private(set) var counts: [Double]
  /// Tokens whose pairs are counted, in each layer.
  public private(set) var tokens = 0

  public init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
    counts = Array(repeating: 0, count: layers * experts * experts)
  }

  /// Counts the pairs of every token.
  ///
  /// - Parameter chosen: `[layers][tokens][topK]` expert ids.
  /// - Complexity: O(`chosen.count` · `topK`).
  public mutating func add(_ chosen: [UInt16], topK: Int) {
    guard topK > 1, layers > 0 else { return }
    let visitsPerLayer = chosen.count / layers
    tokens += visitsPerLayer / topK
    counts.withUnsafeMutableBufferPointer { counts in
      chosen.withUnsafeBufferPointer { chosen in
        for layer in 0..<layers {
          let base = layer * experts * experts
          for token in stride(from: layer * visitsPerLayer, to: (layer + 1) * visitsPerLayer, by: topK) {
            for first in token..<token + topK - 1 {
              for second in first + 1..<token + topK {
                let (a, b) = (Int(chosen[first]), Int(chosen[second]))
                counts[base + a * experts + b] += 1
                counts[base + b * experts + a] += 1
              }
            }
          }
        }
      }
    }
  }

  /// `[experts][experts]` of one layer.
  package subscript(layer: Int) -> ArraySlice<Double> {
    counts[layer * experts * experts..<(layer + 1) * experts * experts]
  }
}
