/// How often two experts of a layer were chosen by the same token.
///
/// A layer's counts of the last tokens have 16 bits, so that more of them are near a core; they are taken over into wider
/// ones before they could overflow. The loops are in `PairTable+Hot.swift`.
package struct PairTable: Sendable {
  package let layers: Int
  package let experts: Int
  /// Tokens whose pairs are counted, in each layer.
  package internal(set) var tokens = 0
  /// `[layers][pairs]` of the last `recentTokens`, pairs a < b of a layer in the order of b; empty before the first token.
  /// One more, for an expert and itself, which no token of a valid step has.
  var recent: [UInt16] = []
  var recentTokens = 0
  /// `[layers][pairs]` of all tokens before; empty until there are any.
  var older: [UInt64] = []

  /// Tokens that 16 bits can count.
  static let mostRecent = Int(UInt16.max)

  package init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
  }

  var pairsPerLayer: Int { experts * (experts - 1) / 2 }

  /// Pairs a < b of a layer in the order of b.
  package func row(_ layer: Int) -> [UInt64] {
    let pairs = layer * pairsPerLayer..<(layer + 1) * pairsPerLayer
    if tokens == 0 { return Array(repeating: 0, count: pairs.count) }
    if older.isEmpty { return recent[pairs].map { UInt64($0) } }
    return pairs.map { older[$0] + UInt64(recent[$0]) }
  }

  /// Makes room for more recent tokens.
  mutating func settle() {
    if older.isEmpty { older = Array(repeating: 0, count: layers * pairsPerLayer) }
    for pair in older.indices { older[pair] += UInt64(recent[pair]) }
    for pair in recent.indices { recent[pair] = 0 }
    recentTokens = 0
  }
}

extension PairTable: Equatable {
  package static func == (one: PairTable, other: PairTable) -> Bool {
    (one.layers, one.experts, one.tokens) == (other.layers, other.experts, other.tokens)
      && (0..<one.layers).allSatisfy { one.row($0) == other.row($0) }
  }
}
