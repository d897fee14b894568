import Parallelism

extension PairTable {
  /// Counts the pairs of every token.
  ///
  /// - Precondition: a token's experts are different ones.
  /// - Parameters:
  ///   - chosen: `[layers][tokens][topK]` expert ids.
  ///   - dropped: the id in place of those that a token does not have; nil where all tokens have theirs.
  ///   - threads: that count; layers have counts of their own.
  /// - Complexity: O(`chosen.count` · `topK`).
  package mutating func add(_ chosen: [UInt16], topK: Int, dropped: UInt16? = nil, threads: Int = 1) {
    guard topK > 1, layers > 0, !chosen.isEmpty else { return }
    if recent.isEmpty { recent = Array(repeating: 0, count: layers * pairsPerLayer + 1) }
    let added = chosen.count / layers / topK
    var first = 0
    while first < added {
      if recentTokens == Self.mostRecent { settle() }
      let tokens = first..<first + min(added - first, Self.mostRecent - recentTokens)
      count(chosen, added, tokens, topK: topK, dropped: dropped, threads: threads)
      recentTokens += tokens.count
      first = tokens.upperBound
    }
    tokens += added
  }

  /// Of the step's tokens these.
  private mutating func count(
    _ chosen: [UInt16], _ perLayer: Int, _ tokens: Range<Int>, topK: Int, dropped: UInt16?, threads: Int
  ) {
    let (layers, pairs, ids) = (layers, pairsPerLayer, tokens.count * topK)
    recent.withUnsafeMutableBufferPointer { counts in
      chosen.withUnsafeBufferPointer { chosen in
        guard let counts = counts.baseAddress, let chosen = chosen.baseAddress else { return }
        nonisolated(unsafe) let (allCounts, allIDs) = (counts, chosen + tokens.lowerBound * topK)
        (0..<layers).inParts(operations: layers * ids * (topK - 1) / 2, threads: threads) { part in
          for layer in part {
            let (row, first) = (allCounts + layer &* pairs, allIDs + layer &* perLayer &* topK)
            switch (dropped, topK) {
            case (let dropped?, _): Self.addKept(first, ids, topK, dropped: dropped, to: row)
            case (nil, 8): Self.addEights(first, ids, to: row)
            case (nil, _): Self.add(first, ids, topK, to: row)
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private static func add(
    _ ids: UnsafePointer<UInt16>, _ count: Int, _ topK: Int, to counts: UnsafeMutablePointer<UInt16>
  ) {
    for token in stride(from: 0, to: count, by: topK) {
      let ids = ids + token
      for i in 1..<topK {
        for j in 0..<i {
          let (a, b) = (Int(ids[i]), Int(ids[j]))
          let (high, low) = (max(a, b), min(a, b))
          counts[(high &* (high &- 1)) &>> 1 &+ low] &+= 1
        }
      }
    }
  }

  /// Of tokens with eight experts: they are sorted, eight tokens side by side, so that which of two is greater need not be
  /// asked for each pair.
  private static func addEights(
    _ ids: UnsafePointer<UInt16>, _ count: Int, to counts: UnsafeMutablePointer<UInt16>
  ) {
    let sideBySide = 64
    let whole = count & ~(sideBySide - 1)
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: sideBySide) { sorted in
      guard let sorted = sorted.baseAddress else { return }
      for block in stride(from: 0, to: whole, by: sideBySide) {
        sort(ids + block, into: sorted)
        for token in 0..<8 {
          for i in 1..<8 {
            let high = Int(sorted[i &* 8 &+ token])
            let row = counts + (high &* (high &- 1)) &>> 1
            for j in 0..<i { row[Int(sorted[j &* 8 &+ token])] &+= 1 }
          }
        }
      }
    }
    add(ids + whole, count - whole, 8, to: counts)
  }

  /// Batcher's network for eight keys.
  ///
  /// - Parameter output: `[8][tokens]` ids, ascending for each of eight tokens.
  @inline(__always)
  private static func sort(_ ids: UnsafePointer<UInt16>, into output: UnsafeMutablePointer<UInt16>) {
    var (a, b, c, d) = (column(0, of: ids), column(1, of: ids), column(2, of: ids), column(3, of: ids))
    var (e, f, g, h) = (column(4, of: ids), column(5, of: ids), column(6, of: ids), column(7, of: ids))
    order(&a, &b); order(&c, &d); order(&e, &f); order(&g, &h)
    order(&a, &c); order(&b, &d); order(&e, &g); order(&f, &h)
    order(&b, &c); order(&f, &g)
    order(&a, &e); order(&b, &f); order(&c, &g); order(&d, &h)
    order(&c, &e); order(&d, &f)
    order(&b, &c); order(&d, &e); order(&f, &g)
    for token in 0..<8 {
      output[token] = UInt16(bitPattern: a[token])
      output[8 &+ token] = UInt16(bitPattern: b[token])
      output[16 &+ token] = UInt16(bitPattern: c[token])
      output[24 &+ token] = UInt16(bitPattern: d[token])
      output[32 &+ token] = UInt16(bitPattern: e[token])
      output[40 &+ token] = UInt16(bitPattern: f[token])
      output[48 &+ token] = UInt16(bitPattern: g[token])
      output[56 &+ token] = UInt16(bitPattern: h[token])
    }
  }

  /// The expert at one place of eight tokens. Signed, as x86 compares; ids of so many pairs are below 2¹⁵.
  @inline(__always)
  private static func column(_ place: Int, of ids: UnsafePointer<UInt16>) -> SIMD8<Int16> {
    var column = SIMD8<Int16>()
    for token in 0..<8 { column[token] = Int16(truncatingIfNeeded: ids[token &* 8 &+ place]) }
    return column
  }

  @inline(__always)
  private static func order(_ low: inout SIMD8<Int16>, _ high: inout SIMD8<Int16>) {
    (low, high) = (pointwiseMin(low, high), pointwiseMax(low, high))
  }

  /// The same where tokens do not have all their experts.
  private static func addKept(
    _ ids: UnsafePointer<UInt16>, _ count: Int, _ topK: Int, dropped: UInt16, to counts: UnsafeMutablePointer<UInt16>
  ) {
    for token in stride(from: 0, to: count, by: topK) {
      let kept = (token..<token + topK).map { ids[$0] }.filter { $0 != dropped }
      kept.withUnsafeBufferPointer { kept in
        guard let first = kept.baseAddress, kept.count > 1 else { return }
        add(first, kept.count, kept.count, to: counts)
      }
    }
  }
}
