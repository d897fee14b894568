/// Which sources' visits go to which part of an expert where every source deals its own: in proportion to what the parts
/// are due, each source for itself.
///
/// With `keepsLocal` every part first takes its own rank's visits, as far as it is due them; then what is left of each
/// source is dealt over what the others are due by then. All sources deal at once, so that their roundings may add up: a
/// part may take a few visits more or less than it is due, at most half of one for each source.
struct SourceDeal {
  private let visits: LayerVisits
  private let keepsLocal: Bool
  private var remainders: LargestRemainders

  init(_ visits: LayerVisits, keepsLocal: Bool) {
    self.visits = visits
    self.keepsLocal = keepsLocal
    remainders = LargestRemainders(sources: visits.ranks)
  }

  /// - Parameters:
  ///   - parts: of one expert.
  ///   - shares: `[parts][ranks]` visits are appended.
  mutating func deal(_ parts: ArraySlice<ExactPart>, into shares: inout [Int]) {
    let first = shares.count
    let expert = parts[parts.startIndex].expert
    shares += repeatElement(0, count: parts.count * visits.ranks)
    var due = parts.map(\.visits)
    for source in 0..<visits.ranks { remainders.rests[source] = visits.count(from: source, ofExpert: expert) }
    if keepsLocal {
      for (row, part) in parts.enumerated() {
        let own = min(due[row], remainders.rests[part.rank])
        shares[first + row * visits.ranks + part.rank] = own
        due[row] -= own
        remainders.rests[part.rank] -= own
      }
    }
    remainders.deal(due, ranks: parts.map(\.rank), into: &shares, from: first)
  }
}
