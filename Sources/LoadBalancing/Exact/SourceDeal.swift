/// Which sources' visits go to which part of an expert where every source deals its own: in proportion to what the parts
/// are due, each source for itself.
///
/// With `keepsLocal` every part first takes its own rank's visits, as far as it is due them; then what is left of each
/// source is dealt over what the others are due by then. All sources deal at once, so that their roundings may add up: a
/// part may take a few visits more or less than it is due, at most half of one for each source.
struct SourceDeal {
  private let ranks: Int
  /// `[experts][ranks]` visits.
  private let counts: [Int32]
  private let keepsLocal: Bool
  private var remainders: LargestRemainders
  /// `[parts]` what each is due, and the rank that it is on.
  private var due: [Int] = []
  private var places: [Int] = []

  init(_ visits: LayerVisits, keepsLocal: Bool) {
    ranks = visits.ranks
    counts = visits.countsByExpert
    self.keepsLocal = keepsLocal
    remainders = LargestRemainders(sources: visits.ranks)
  }

  /// - Parameters:
  ///   - parts: of one expert.
  ///   - shares: `[parts][ranks]` zeros from `first` on, where the visits are put.
  mutating func deal(_ parts: ArraySlice<ExactPart>, into shares: inout [Int32], from first: Int) {
    due.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    for part in parts {
      due.append(part.visits)
      places.append(part.rank)
    }
    remainders.take(counts, from: parts[parts.startIndex].expert * ranks)
    if keepsLocal {
      for (row, part) in parts.enumerated() {
        let own = min(due[row], remainders.rests[part.rank])
        shares[first + row * ranks + part.rank] = Int32(own)
        due[row] -= own
        remainders.rests[part.rank] -= own
      }
    }
    remainders.deal(due, ranks: places, into: &shares, from: first)
  }
}
