/// Rules of which sources' visits go to which part of an expert: each appends `[parts][ranks]` visits.
enum SourceShares {
  /// The expert's visits in their order, sources ascending, cut into the parts in theirs.
  static func cut(_ parts: ArraySlice<ExactPart>, of visits: LayerVisits, into shares: inout [Int]) {
    cut(Array(parts), into: parts, of: visits, into: &shares)
  }

  /// The same with several pieces for a part.
  ///
  /// - Parameter pieces: of the expert, in the order of its visits, each for the part on its rank.
  static func cut(
    _ pieces: [ExactPart], into parts: ArraySlice<ExactPart>, of visits: LayerVisits, into shares: inout [Int]
  ) {
    let first = shares.count
    shares += repeatElement(0, count: parts.count * visits.ranks)
    var source = -1
    var left = 0
    for piece in pieces {
      guard let place = parts.firstIndex(where: { $0.rank == piece.rank }) else { continue }
      let row = first + (place - parts.startIndex) * visits.ranks
      var due = piece.visits
      while due > 0 {
        while left == 0 {
          source += 1
          left = visits.count(from: source, ofExpert: piece.expert)
        }
        let taken = min(due, left)
        shares[row + source] += taken
        due -= taken
        left -= taken
      }
    }
  }

  /// First every part its own rank's visits, as far as it is due them; then what is left of each source, dealt over what
  /// the others are due by then.
  ///
  /// All sources deal at once, so that their roundings may add up: a part may take a few visits more or less than it is
  /// due, at most half of one for each source.
  static func local(_ parts: ArraySlice<ExactPart>, of visits: LayerVisits, into shares: inout [Int]) {
    deal(parts, of: visits, keepsLocal: true, into: &shares)
  }

  /// Every source's visits, dealt over what the parts are due, likewise.
  static func dealt(_ parts: ArraySlice<ExactPart>, of visits: LayerVisits, into shares: inout [Int]) {
    deal(parts, of: visits, keepsLocal: false, into: &shares)
  }

  private static func deal(
    _ parts: ArraySlice<ExactPart>, of visits: LayerVisits, keepsLocal: Bool, into shares: inout [Int]
  ) {
    let first = shares.count
    let expert = parts[parts.startIndex].expert
    shares += repeatElement(0, count: parts.count * visits.ranks)
    var open = parts.map(\.visits)
    if keepsLocal {
      for (row, part) in parts.enumerated() {
        let own = min(open[row], visits.count(from: part.rank, ofExpert: expert))
        shares[first + row * visits.ranks + part.rank] = own
        open[row] -= own
      }
    }
    let ranks = parts.map(\.rank)
    let sum = open.reduce(0, +)
    var dealing = LargestRemainder()
    for source in 0..<visits.ranks {
      var rest = visits.count(from: source, ofExpert: expert)
      if keepsLocal, let row = ranks.firstIndex(of: source) { rest -= shares[first + row * visits.ranks + source] }
      guard rest > 0 else { continue }
      dealing.deal(rest, over: open, sum: sum, ties: ranks)
      for row in open.indices { shares[first + row * visits.ranks + source] += dealing.shares[row] }
    }
  }
}

/// Whole parts in proportion to capacities: each ⌊count · capacity / sum⌋, then one each by the largest remainder, among
/// equals by the lowest tie-breaker.
struct LargestRemainder {
  private(set) var shares: [Int] = []
  private var order: [(remainder: Int, tie: Int, row: Int)] = []

  /// - Parameter sum: of the capacities, above 0.
  mutating func deal(_ count: Int, over capacities: [Int], sum: Int, ties: [Int]) {
    shares.removeAll(keepingCapacity: true)
    if capacities.count == 2 { return dealToTwo(count, over: capacities, sum: sum, ties: ties) }
    order.removeAll(keepingCapacity: true)
    var left = count
    for (row, capacity) in capacities.enumerated() {
      let (share, remainder) = (count * capacity).quotientAndRemainder(dividingBy: sum)
      shares.append(share)
      left -= share
      if remainder > 0 { order.append((remainder, ties[row], row)) }
    }
    guard left > 0 else { return }
    order.sort { $0.remainder != $1.remainder ? $0.remainder > $1.remainder : $0.tie < $1.tie }
    for place in order.prefix(left) { shares[place.row] += 1 }
  }

  /// Both remainders come to the sum together, or there is none.
  private mutating func dealToTwo(_ count: Int, over capacities: [Int], sum: Int, ties: [Int]) {
    let (share, remainder) = (count * capacities[0]).quotientAndRemainder(dividingBy: sum)
    let isFirst = 2 * remainder > sum || 2 * remainder == sum && ties[0] < ties[1]
    let first = share + (isFirst ? 1 : 0)
    shares.append(first)
    shares.append(count - first)
  }
}
