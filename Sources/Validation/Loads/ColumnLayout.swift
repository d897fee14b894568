/// Which tokens visit which slots when visits are dealt out in columns: slots from most to least loaded, each repeated by
/// its visits, laid in one line, cut into top-k columns of all tokens; token i has the i-th of each column.
///
/// A slot's tokens are then one stretch of the line, so that different tokens of a rank are counted without making them.
package struct ColumnLayout {
  /// `[slots]`, none above `tokens`.
  package let slotVisits: [Int]
  /// Of the whole group.
  package let tokens: Int

  package init(slotVisits: [Int], tokens: Int) {
    self.slotVisits = slotVisits
    self.tokens = tokens
  }

  /// - Parameters:
  ///   - ranks: each with equal, contiguous slots.
  ///   - nodes: each with equal, contiguous ranks.
  /// - Complexity: O(slots · log slots).
  package func load(ranks: Int, nodes: Int) -> DrawnLoad {
    let perRank = slotVisits.count / ranks
    var stretches = Array(repeating: [Range<Int>](), count: slotVisits.count)
    var start = 0
    for slot in slotVisits.indices.sorted(by: { (slotVisits[$1], $0) < (slotVisits[$0], $1) }) {
      stretches[slot] = rows(from: start, count: slotVisits[slot])
      start += slotVisits[slot]
    }
    func tokens(parts: Int) -> [Double] {
      let size = slotVisits.count / parts
      return (0..<parts).map { part in
        Double(Self.length(ofUnion: stretches[part * size..<(part + 1) * size].flatMap(\.self)))
      }
    }
    let rankVisits = (0..<ranks).map { rank in
      Double(slotVisits[rank * perRank..<(rank + 1) * perRank].reduce(0, +))
    }
    let rankTokens = tokens(parts: ranks)
    let hottest = rankVisits.indices.max { (rankVisits[$0], $1) < (rankVisits[$1], $0) } ?? 0
    return DrawnLoad(
      hottestSlots: slotVisits[hottest * perRank..<(hottest + 1) * perRank].map(Double.init),
      hottestTokens: rankTokens[hottest], rankVisits: rankVisits, rankTokens: rankTokens,
      nodeTokens: nodes == ranks ? rankTokens : tokens(parts: nodes))
  }

  /// The rows of a stretch of the line, which may begin in one column and end in the next.
  private func rows(from start: Int, count: Int) -> [Range<Int>] {
    guard count > 0 else { return [] }
    let first = start % tokens
    guard first + count > tokens else { return [first..<first + count] }
    return [first..<tokens, 0..<first + count - tokens]
  }

  private static func length(ofUnion ranges: [Range<Int>]) -> Int {
    var (length, end) = (0, 0)
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > end {
      length += range.upperBound - max(range.lowerBound, end)
      end = range.upperBound
    }
    return length
  }
}
