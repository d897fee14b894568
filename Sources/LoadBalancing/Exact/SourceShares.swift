/// Rules of which sources' visits go to which part of an expert: each fills in `[parts][ranks]` visits, which are zeros
/// from `first` on.
enum SourceShares {
  /// The expert's visits in their order, sources ascending, cut into the parts in theirs.
  static func cut(_ parts: ArraySlice<ExactPart>, of visits: LayerVisits, into shares: inout [Int32], from first: Int) {
    cut(Array(parts), into: parts, of: visits, into: &shares, from: first)
  }

  /// The same with several pieces for a part.
  ///
  /// - Parameter pieces: of the expert, in the order of its visits, each for the part on its rank.
  static func cut(
    _ pieces: [ExactPart], into parts: ArraySlice<ExactPart>, of visits: LayerVisits, into shares: inout [Int32],
    from first: Int
  ) {
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
        shares[row + source] += Int32(taken)
        due -= taken
        left -= taken
      }
    }
  }
}
