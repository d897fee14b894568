import Foundation

/// What one expert adds to the time of its rank's kernels, to first order.
public struct MarginalExpertCost: Equatable, Sendable {
  /// Microseconds of reading a touched expert, per visit, and per token of arithmetic with padding.
  public var touched: Double
  public var visit: Double
  public var paddedToken: Double
  /// Tokens that an expert's are rounded up to; 0 for not at all.
  public var tile: Double
  /// Microseconds of kernels below which a rank waits anyway.
  public var free: Double

  public init(touched: Double, visit: Double, paddedToken: Double, tile: Double, free: Double) {
    self.touched = touched
    self.visit = visit
    self.paddedToken = paddedToken
    self.tile = tile
    self.free = free
  }

  /// An expert that has `tokens` in a step on average, scattered like Poisson's: the expectation of its time t, or at a
  /// rate r above 0 log E[exp(r·t)] / r. Padding beyond the first tile is taken at its expectation.
  public func time(tokens: Double, rate: Double) -> Double {
    guard tokens > 0 else { return 0 }
    let untouched = exp(-tokens)
    let once = touched + paddedToken * tile
    let each = tile > 0 ? visit : visit + paddedToken
    let tiles = tile > 0 ? paddedToken * (padded(tokens, 1 - untouched) - tile * (1 - untouched)) : 0
    guard rate > 0 else { return once * (1 - untouched) + each * tokens + tiles }
    // Beyond what an exponential can hold, what is not touched is nothing.
    let exponent = rate * once + tokens * expm1(rate * each)
    if exponent > 700 { return exponent / rate + tiles }
    let whenTouched = exp(rate * once) * (exp(tokens * expm1(rate * each)) - untouched)
    return log(untouched + whenTouched) / rate + tiles
  }

  /// Tiles of an expert beyond which they are not added up one by one.
  private static let tilesOneByOne = 65_536.0

  /// tile · Σ over tiles of the probability that the expert's tokens reach into it.
  private func padded(_ tokens: Double, _ isTouched: Double) -> Double {
    var tiles = isTouched
    var full = tile
    if tokens / tile > Self.tilesOneByOne {
      // Tiles much smaller than the scatter: the expectation of ⌈n / tile⌉ for an n whose remainder is any.
      if tokens.squareRoot() > 4 * tile { return tokens + (tile - 1) / 2 }
      // Tiles that are reached for sure, to the last digit of a probability.
      let sure = ((tokens - 9 * tokens.squareRoot()) / tile).rounded(.down)
      tiles += sure
      full += sure * tile
    }
    while full < tokens + 6 * tokens.squareRoot() {
      tiles += erfc((full + 0.5 - tokens) / (2 * tokens).squareRoot()) / 2
      full += tile
    }
    return tile * tiles
  }
}
