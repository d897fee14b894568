/// The time of one rank's expert kernels, by what lies on it.
protocol ExpertModel: Sendable {
  /// Operations per microsecond, and bytes, that the kernels reach at best.
  var mathRate: Double { get }
  var memoryRate: Double { get }
  /// Operations of one token in one expert.
  var flopsPerVisit: Double { get }

  /// Tokens that each expert's are rounded up to; nil where they are not.
  ///
  /// - Parameter tokens: an expert's, on average.
  func tile(tokens: Double, isDecode: Bool) -> Double?

  /// Nothing when the rank has nothing to do.
  func cost(of load: RankLoad, isDecode: Bool) -> ExpertCost

  /// Shared experts by kernels of their own, as one feed-forward part: nothing is sorted or permuted, and no floor holds.
  ///
  /// - Parameter tokens: that all of them see, above 0.
  func denseCost(experts: Double, tokens: Double, isDecode: Bool) -> ExpertCost

  /// What a layer takes whose slowest rank costs this.
  ///
  /// - Parameter batch: tokens of the whole group.
  func layerCost(_ slowest: ExpertCost, batch: Double, isDecode: Bool) -> ExpertCost

  /// What one expert adds to a rank whose `load` it is part of.
  func marginalCost(of load: RankLoad, isDecode: Bool) -> MarginalExpertCost
}

/// What lies on a rank in one layer of one step; shared experts are counted in, unless they have kernels of their own.
package struct RankLoad: Equatable {
  /// Experts that some token visits; fewer than one for an expectation of less than a visit.
  package var touched = 0.0
  package var visits = 0.0
  /// Visits, each expert's rounded up to whole tiles.
  package var padded = 0.0
  /// Slots, of an expert or of none.
  package var slots = 0.0
  /// Different tokens.
  package var tokens = 0.0
  /// Tokens of an expert of the layer, on average over all.
  package var meanTokens = 0.0
  /// Tokens that shared experts see in kernels of their own.
  package var apart = 0.0

  package init(
    touched: Double = 0, visits: Double = 0, padded: Double = 0, slots: Double, tokens: Double = 0, meanTokens: Double
  ) {
    self.touched = touched
    self.visits = visits
    self.padded = padded
    self.slots = slots
    self.tokens = tokens
    self.meanTokens = meanTokens
  }

  var isEmpty: Bool { visits == 0 && apart == 0 }

  /// - Parameter tile: nil rounds nothing up.
  mutating func add(tokens: Double, tile: Double?) {
    touched += min(1, tokens)
    visits += tokens
    padded += Self.padded(tokens, tile: tile)
  }

  /// Experts that every rank has, and that see all of its own tokens.
  mutating func add(shared experts: Double, tokens: Double, tile: Double?) {
    guard tokens > 0 else { return }
    touched += experts
    visits += experts * tokens
    padded += experts * Self.padded(tokens, tile: tile)
  }

  static func padded(_ tokens: Double, tile: Double?) -> Double {
    guard let tile else { return tokens }
    let tiles = tokens / tile
    // Without a call: `rounded(.up)` is one where the processor is not known to have an instruction.
    let whole = Double(Int(tiles))
    return (whole < tiles ? whole + 1 : whole) * tile
  }
}
