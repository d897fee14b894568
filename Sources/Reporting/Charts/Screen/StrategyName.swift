/// A strategy's name taken apart: `eplb:redundantSlotsPerRank=1,window=4,steps=1` is a planner with its slots, and a rhythm.
struct StrategyName: Hashable {
  /// `eplb, 1 redundant slot`.
  let planner: String
  /// `window 4, every 1 step`.
  let rhythm: String
  private let order: [Int]

  /// - Parameters:
  ///   - policy: as `--policy` takes it.
  ///   - redundantSlotsPerRank: of the strategy.
  init(_ policy: String, redundantSlotsPerRank: Int) {
    let parts = policy.split(separator: ":", maxSplits: 1)
    let changes = (parts.count > 1 ? parts[1] : "").split(separator: ",").map { change in
      let sides = change.split(separator: "=", maxSplits: 1).map(String.init)
      return (key: sides[0], value: sides.count > 1 ? sides[1] : "")
    }
    func number(_ key: String) -> Int? { changes.last { $0.key == key }.flatMap { Int($0.value) } }
    let base = parts.first.map(String.init) ?? policy
    planner =
      redundantSlotsPerRank == 0 ? base : "\(base), \(Readable.count(redundantSlotsPerRank, "redundant slot"))"
    let (window, steps) = (number("window"), number("steps"))
    rhythm =
      [window.map { "window \(Readable.count($0))" }, steps.map { "every \(Readable.count($0, "step"))" }]
      .compactMap(\.self).joined(separator: ", ")
    order = [steps ?? 0, window ?? 0]
  }

  /// By steps between plans, then by window.
  static func isEarlier(_ one: StrategyName, _ other: StrategyName) -> Bool {
    one.order.lexicographicallyPrecedes(other.order)
  }
}
