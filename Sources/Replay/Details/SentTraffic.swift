import PerformanceModel

/// What layers and steps send in all.
///
/// Copies of tokens are whole; expected copies are kept in whole parts of 1/4096. So sums are exact, and the same in
/// whatever order threads add them.
struct SentTraffic {
  private static let parts = 4096.0

  /// Of decode, and of other steps; nil before the first.
  private var decode: Traffic?
  private var others: Traffic?

  /// - Parameter isWhole: whether all of its copies are whole.
  mutating func add(_ traffic: Traffic, isDecode: Bool, isWhole: Bool) {
    let traffic = isWhole ? traffic : traffic.inParts(of: Self.parts)
    if isDecode { Self.add(traffic, to: &decode) } else { Self.add(traffic, to: &others) }
  }

  /// Takes in what another thread has added.
  mutating func add(_ other: SentTraffic) {
    if let more = other.decode { Self.add(more, to: &decode) }
    if let more = other.others { Self.add(more, to: &others) }
  }

  private static func add(_ more: Traffic, to sum: inout Traffic?) {
    var traffic = sum ?? Traffic(ranks: more.ranks, ranksPerNode: more.ranksPerNode)
    sum = nil
    traffic.add(more)
    sum = traffic
  }

  /// `[ranks][ranks]` bytes of dispatch on a machine, hop by hop where copies are relayed, row = sender; nothing on the
  /// diagonal.
  func dispatchBytes(on setting: ReplaySetting) -> [Double] {
    let ranks = setting.cluster.ranks
    var bytes = Array(repeating: 0.0, count: ranks * ranks)
    for (traffic, isDecode) in [(decode, true), (others, false)] {
      guard let traffic else { continue }
      let prices = setting.prices(isDecode: isDecode)
      let hops = prices.allToAll.hops(of: traffic, copies: prices.cluster.copies)
      for place in hops.indices where place / ranks != place % ranks {
        bytes[place] += hops[place] * prices.payload.dispatchBytes
      }
    }
    return bytes
  }
}

extension Traffic {
  fileprivate func inParts(of one: Double) -> Traffic {
    func rounded(_ values: [Double]) -> [Double] { values.map { ($0 * one).rounded() / one } }
    var traffic = self
    traffic.rankCopies = rounded(rankCopies)
    traffic.nodeCopies = rounded(nodeCopies)
    traffic.visits = rounded(visits)
    return traffic
  }
}
