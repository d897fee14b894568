/// The tokens of a step in the order of the rows that they are counted in: one row for each source, or for all sources with
/// one index in their nodes, who stand side by side then.
struct TokenOrder {
  let ranks: Int
  let rows: Int
  /// Sources of a row.
  let sourcesPerRow: Int
  /// `[ranks]` sources, row after row.
  let sourcesByRow: [Int]
  /// `[ranks + 1]` the place of the first token of each of `sourcesByRow`, and the number of tokens.
  private(set) var firstPlace: [Int]
  /// `[tokens]` the place of each.
  private(set) var places: [UInt32] = []
  private var sources: [UInt32] = []
  /// `[ranks]` tokens of each source.
  private(set) var tokensBySource: [Int]

  /// - Parameter rows: divides `ranks`; source s is of row s mod `rows`.
  init(ranks: Int, rows: Int) {
    (self.ranks, self.rows) = (ranks, rows)
    let sourcesPerRow = ranks / rows
    self.sourcesPerRow = sourcesPerRow
    sourcesByRow = (0..<ranks).map { $0 % sourcesPerRow * rows + $0 / sourcesPerRow }
    firstPlace = Array(repeating: 0, count: ranks + 1)
    tokensBySource = Array(repeating: 0, count: ranks)
  }

  /// Places of the tokens of all sources of a row.
  func places(ofRow row: Int) -> Range<Int> {
    firstPlace[row * sourcesPerRow]..<firstPlace[(row + 1) * sourcesPerRow]
  }

  /// Puts tokens into the order of their `sources`, `[tokens]`, unless these are those of last time.
  mutating func arrange(_ sources: Span<UInt32>) {
    guard !isAsLast(sources) else { return }
    self.sources = sources.indices.map { sources[$0] }
    tokensBySource = Array(repeating: 0, count: ranks)
    for source in self.sources { tokensBySource[Int(source)] += 1 }
    var next = Array(repeating: 0, count: ranks)
    for (ordinal, source) in sourcesByRow.enumerated() {
      next[source] = firstPlace[ordinal]
      firstPlace[ordinal + 1] = firstPlace[ordinal] + tokensBySource[source]
    }
    places = self.sources.map { source in
      defer { next[Int(source)] += 1 }
      return UInt32(next[Int(source)])
    }
  }

  private func isAsLast(_ sources: Span<UInt32>) -> Bool {
    guard sources.count == self.sources.count else { return false }
    var difference: UInt32 = 0
    for token in sources.indices { difference |= sources[token] ^ self.sources[token] }
    return difference == 0
  }
}
