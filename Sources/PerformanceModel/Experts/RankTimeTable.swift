/// What a rank's expert kernels come to, as far as a layer asks.
package struct KernelTimes {
  var touchedExperts: Double
  /// Microseconds.
  var alone: Double
  /// Microseconds of a layer whose slowest rank it is.
  var inLayer: Double
}

/// Times of ranks whose loads were seen before: many ranks of a layer, and of the next, have as many tokens, and powers
/// of the roofline take longer than looking them up.
///
/// Of one `ExpertCompute`. Each load has one place, and the last to come there stays.
package struct RankTimeTable {
  private struct Entry {
    var load = RankLoad(slots: 0, meanTokens: 0)
    var batch = 0.0
    var isDecode = false
    var times = KernelTimes(touchedExperts: 0, alone: 0, inLayer: 0)
  }

  private var entries: [Entry]

  /// - Parameter places: 0 or 256.
  package init(places: Int = 256) {
    entries = Array(repeating: Entry(), count: places)
  }

  /// - Parameters:
  ///   - load: not empty.
  ///   - compute: a function of the three.
  @inline(__always)
  mutating func times(of load: RankLoad, batch: Double, isDecode: Bool, compute: () -> KernelTimes) -> KernelTimes {
    guard !entries.isEmpty else { return compute() }
    let bits = load.visits.bitPattern &+ load.touched.bitPattern &* 31
    let place = Int(truncatingIfNeeded: (bits &* 0x9E37_79B9_7F4A_7C15) &>> 56)
    if entries[place].load == load, entries[place].batch == batch, entries[place].isDecode == isDecode {
      return entries[place].times
    }
    let times = compute()
    entries[place] = Entry(load: load, batch: batch, isDecode: isDecode, times: times)
    return times
  }
}
