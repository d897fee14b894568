import Replay

extension Figure {
  /// Every figure of a policy, in the order in which reports show them.
  public static let all: [Figure] =
    answer + steady + parts + balance + optimality + cache + traffic + moves + balancing + memory + resilience + regret
    + prediction + serving + cost + bottlenecks
}
