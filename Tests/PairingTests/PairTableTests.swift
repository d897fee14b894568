import Pairing
import Randomness
import Testing

@Suite struct PairTableTests {
  /// `[layers][tokens][topK]` different experts of a token, in no order.
  private static func chosen(layers: Int, tokens: Int, topK: Int, of experts: Int, seed: UInt64) -> [UInt16] {
    var generator = SeededGenerator(seed: seed)
    return (0..<layers * tokens).flatMap { _ in
      generator.shuffled(0..<experts).prefix(topK).map { UInt16($0) }
    }
  }

  /// Pairs a < b of a layer in the order of b.
  private static func rows(
    _ chosen: [UInt16], layers: Int, topK: Int, experts: Int, dropped: UInt16? = nil
  ) -> [[UInt64]] {
    let perLayer = chosen.count / layers
    return (0..<layers).map { layer in
      var row = Array(repeating: UInt64(0), count: experts * (experts - 1) / 2)
      for token in stride(from: layer * perLayer, to: (layer + 1) * perLayer, by: topK) {
        let kept = Set(chosen[token..<token + topK]).subtracting(dropped.map { [$0] } ?? [])
        for b in kept { for a in kept where a < b { row[Int(b) * (Int(b) - 1) / 2 + Int(a)] += 1 } }
      }
      return row
    }
  }

  @Test(arguments: [(2, 5, 9), (3, 21, 40), (8, 67, 40), (8, 8, 8), (8, 3, 200), (11, 20, 33)])
  func `pairs are counted as sets say`(topK: Int, tokens: Int, experts: Int) {
    let chosen = Self.chosen(layers: 3, tokens: tokens, topK: topK, of: experts, seed: 5)
    let wanted = Self.rows(chosen, layers: 3, topK: topK, experts: experts)
    for threads in [1, 3] {
      var table = PairTable(layers: 3, experts: experts)
      table.add(chosen, topK: topK, threads: threads)
      #expect((0..<3).map { table.row($0) } == wanted)
      #expect(table.tokens == tokens)
    }
  }

  @Test func `many steps on several threads give what one gives`() {
    let chosen = Self.chosen(layers: 4, tokens: 2500, topK: 8, of: 64, seed: 6)
    var (one, other) = (PairTable(layers: 4, experts: 64), PairTable(layers: 4, experts: 64))
    for _ in 0..<3 {
      one.add(chosen, topK: 8)
      other.add(chosen, topK: 8, threads: 2)
    }
    #expect(one == other)
    #expect(one.row(3) == Self.rows(chosen, layers: 4, topK: 8, experts: 64)[3].map { 3 * $0 })
    other.add(chosen, topK: 8)
    #expect(one != other)
  }

  @Test func `experts that a token does not have are of no pair`() {
    var chosen = Self.chosen(layers: 2, tokens: 30, topK: 8, of: 20, seed: 7)
    for place in stride(from: 0, to: chosen.count, by: 3) { chosen[place] = .max }
    var table = PairTable(layers: 2, experts: 20)
    table.add(chosen, topK: 8, dropped: .max)
    #expect((0..<2).map { table.row($0) } == Self.rows(chosen, layers: 2, topK: 8, experts: 20, dropped: .max))
  }

  @Test(arguments: [1, 70_000, 3 * 65_535])
  func `counts go on beyond 16 bits`(tokens: Int) {
    let token: [UInt16] = [3, 0, 2, 5, 7, 1, 4, 6]
    var table = PairTable(layers: 2, experts: 9)
    let chosen = (0..<2 * tokens).flatMap { _ in token }
    table.add(chosen, topK: 8)
    table.add(chosen, topK: 8)
    let row = Array(repeating: UInt64(2 * tokens), count: 28) + Array(repeating: 0, count: 8)
    #expect(table.row(0) == row)
    #expect(table.row(1) == row)
    #expect(table.tokens == 2 * tokens)
  }

  @Test func `one expert a token makes no pairs`() {
    var table = PairTable(layers: 1, experts: 3)
    table.add([0, 1, 2], topK: 1)
    #expect(table.row(0) == [0, 0, 0])
    #expect(table.tokens == 0)
  }
}
