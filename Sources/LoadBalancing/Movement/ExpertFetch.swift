/// One expert that a rank fetches from another, because a new placement has it there and the old one did not.
public struct ExpertFetch: Equatable, Sendable {
  public let expert: Int
  public let sender: Int
  public let receiver: Int

  public init(expert: Int, sender: Int, receiver: Int) {
    self.expert = expert
    self.sender = sender
    self.receiver = receiver
  }
}

/// A change of one layer, as those who choose senders look at it.
struct LayerChange {
  let ranks: Int
  let ranksPerNode: Int
  /// `[ranks]` experts of each rank before and after, in the order of its slots.
  let before: [[Int]]
  let after: [[Int]]

  init(from old: LayerPlacement, to new: LayerPlacement, ranksPerNode: Int) {
    ranks = new.ranks
    self.ranksPerNode = ranksPerNode
    before = (0..<old.ranks).map { Array(old.experts(onRank: $0)) }
    after = (0..<new.ranks).map { Array(new.experts(onRank: $0)) }
  }

  /// Ranks that had the expert, ascending.
  func holders(of expert: Int) -> [Int] { (0..<ranks).filter { before[$0].contains(expert) } }

  /// Ranks that have the expert and had it not, ascending.
  func receivers(of expert: Int) -> [Int] {
    (0..<ranks).filter { after[$0].contains(expert) && !before[$0].contains(expert) }
  }

  func node(of rank: Int) -> Int { rank / ranksPerNode }

  /// Experts that some rank fetches, ascending.
  var fetched: [Int] {
    Set((0..<ranks).flatMap { rank in after[rank].filter { !before[rank].contains($0) } }).sorted()
  }
}

extension LayerPlacement {
  /// The experts of a rank's slots.
  public func experts(onRank rank: Int) -> ArraySlice<Int> {
    physicalToLogical[rank * slotsPerRank..<(rank + 1) * slotsPerRank]
  }
}
