/// The second half of SwiftBalancer in one group of ranks: exchanges of two experts between the hottest rank and the
/// coldest that helps.
struct SwiftExchange {
  /// `[ranks]` experts, ascending.
  private(set) var held: [[Int]]
  /// Estimated tokens of the hottest rank.
  private(set) var hottest = 0.0
  private var rankLoads: [Float]
  private var arrived: [Set<Int>]
  private var isSending: [[Bool]]
  private let weights: [Float]

  init(_ copies: SwiftCopies) {
    held = copies.held.map { $0.compactMap { $0 }.sorted() }
    rankLoads = copies.rankLoads
    arrived = copies.arrived
    isSending = copies.isSending
    weights = copies.weights
  }

  /// - Parameter least: tokens that an exchange has to take off the hottest rank.
  mutating func run(least: Double) {
    for _ in 0..<Self.mostExchanges {
      let order = rankLoads.indices.sorted { (rankLoads[$0], $0) < (rankLoads[$1], $1) }
      guard let hot = order.last else { return }
      hottest = Double(rankLoads[hot])
      guard exchange(hot, with: order.dropLast(), least: least) else { return }
    }
  }

  /// Whether one of the partners, in their order, took an expert of the hottest rank for one of its own.
  private mutating func exchange(_ hot: Int, with partners: ArraySlice<Int>, least: Double) -> Bool {
    for cold in partners where !isSending[cold][hot] && !isSending[hot][cold] {
      guard let best = bestExchange(hot, cold), hottest - best.peak >= least else { continue }
      replace(best.given, by: best.taken, on: hot)
      replace(best.taken, by: best.given, on: cold)
      isSending[cold][hot] = true
      isSending[hot][cold] = true
      return true
    }
    return false
  }

  private mutating func replace(_ leaving: Int, by coming: Int, on rank: Int) {
    if let place = held[rank].firstIndex(of: leaving) { held[rank].remove(at: place) }
    held[rank].insert(coming, at: held[rank].firstIndex { $0 > coming } ?? held[rank].endIndex)
    rankLoads[rank] += weights[coming] - weights[leaving]
    arrived[rank].insert(coming)
  }

  /// Of all exchanges of experts that neither came just now nor are on both ranks, the one with the least hottest of the
  /// two ranks; nil if none cools the hottest.
  private func bestExchange(_ hot: Int, _ cold: Int) -> (peak: Double, given: Int, taken: Int)? {
    let given = held[hot].filter { !held[cold].contains($0) && !arrived[hot].contains($0) }
    let taken = held[cold].filter { !held[hot].contains($0) && !arrived[cold].contains($0) }
    let coldLoad = Double(rankLoads[cold])
    var best: (peak: Double, given: Int, taken: Int)?
    for mine in given {
      let leaving = Double(weights[mine])
      for other in taken {
        let coming = Double(weights[other])
        let peak = max(hottest - leaving + coming, coldLoad - coming + leaving)
        if peak < best?.peak ?? hottest { best = (peak, mine, other) }
      }
    }
    return best
  }

  private static let mostExchanges = 100
}
