extension Advice.Sweep {
  /// One of each strategy and accuracy: of those with and without redundant slots, and of those that plan seldom or
  /// for every step, the one of least time, an acting one
  /// before one that did not act.
  public var betterStrategies: [Advice.Strategy] {
    var better: [Advice.Strategy] = []
    for strategy in strategies {
      let place = better.firstIndex { $0.name == strategy.name && $0.accuracy == strategy.accuracy }
      guard let place else {
        better.append(strategy)
        continue
      }
      let other = better[place]
      if strategy.hasActed != other.hasActed ? strategy.hasActed : strategy.total < other.total {
        better[place] = strategy
      }
    }
    return better
  }
}
