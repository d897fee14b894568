import Pairing

/// How often two experts of a layer were chosen by the same token.
public struct Coactivation: Equatable, Sendable {
  /// Experts per layer beyond which no table of their pairs is made.
  public static let maximumExperts = 2048

  private var table: PairTable

  public var layers: Int { table.layers }
  public var experts: Int { table.experts }
  /// Tokens whose pairs are counted, in each layer.
  public var tokens: Int { table.tokens }

  public init(layers: Int, experts: Int) { table = PairTable(layers: layers, experts: experts) }

  /// Counts the pairs of every token.
  ///
  /// - Precondition: a token's experts are different ones.
  /// - Parameter chosen: `[layers][tokens][topK]` expert ids.
  /// - Complexity: O(`chosen.count` · `topK`).
  public mutating func add(_ chosen: [UInt16], topK: Int) { table.add(chosen, topK: topK) }

  /// The same on several threads, and of tokens that do not have all their experts.
  ///
  /// - Parameter dropped: the id of those that they do not have; nil where all tokens have theirs.
  package mutating func add(_ chosen: [UInt16], topK: Int, dropped: UInt16?, threads: Int) {
    table.add(chosen, topK: topK, dropped: dropped, threads: threads)
  }

  /// `[experts][experts]` of one layer, symmetric, diagonal 0; exact up to 2^53.
  public subscript(layer: Int) -> [Double] {
    var square = Array(repeating: 0.0, count: experts * experts)
    let pairs = table.row(layer)
    var pair = 0
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
