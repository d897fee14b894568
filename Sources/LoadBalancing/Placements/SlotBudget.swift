import Diagnostics

/// How many slots per layer a planner has to fill.
public enum SlotBudget: Equatable, Sendable {
  /// No replicas: as many slots as experts.
  case onePerExpert
  /// This many slots per layer beyond one per expert.
  case redundant(Int)
  /// This many slots on every rank beyond its part of the experts, so that the budget grows with the ranks.
  case redundantPerRank(Int)
  /// This many slots per layer in all.
  case total(Int)

  /// The largest number of slots of a layer: slot ids are 16 bits wide.
  public static let limit = 1 << 16

  /// `redundantSlots: N` or `redundantSlotsPerRank: N` of a planner's section; one of them must be there.
  init(settings: Settings) throws(InputError) {
    let range = 0...Self.limit
    let total = try settings.optionalInteger("redundantSlots", in: range)
    let perRank = try settings.optionalInteger("redundantSlotsPerRank", in: range)
    switch (total, perRank) {
    case (let count?, nil): self = .redundant(count)
    case (nil, let count?): self = .redundantPerRank(count)
    case (nil, nil): throw settings.error("expected redundantSlots or redundantSlotsPerRank")
    case (_?, _?):
      throw settings.error("given together with redundantSlots; keep one", at: "redundantSlotsPerRank")
    }
  }

  /// Slots of a layer: a multiple of `ranks`, at least `experts`.
  ///
  /// - Throws: `InputError` (usage) that names the nearest number that would do.
  public func slots(experts: Int, ranks: Int) throws(InputError) -> Int {
    precondition(experts > 0 && ranks > 0)
    let wanted: Int
    switch self {
    case .onePerExpert: wanted = experts
    case .redundant(let count): wanted = experts + count
    case .redundantPerRank(let count): wanted = ((experts + ranks - 1) / ranks + count) * ranks
    case .total(let count): wanted = count
    }
    let least = (experts + ranks - 1) / ranks * ranks
    let below = wanted / ranks * ranks
    let nearest = max(least, wanted - below <= below + ranks - wanted ? below : below + ranks)
    guard wanted >= experts else {
      throw InputError("\(wanted) slots cannot hold \(experts) experts; the least is \(least)", status: .usage)
    }
    guard wanted % ranks == 0 else {
      if case .onePerExpert = self { throw Self.indivisible(experts, ranks: ranks) }
      let advice = "the nearest that do: \(nearest) (\(nearest - experts) redundant)"
      throw InputError("\(wanted) slots do not divide over \(ranks) ranks; \(advice)", status: .usage)
    }
    guard wanted <= Self.limit else {
      throw InputError("\(wanted) slots per layer, expected at most \(Self.limit)", status: .usage)
    }
    return wanted
  }

  /// Without replicas only the ranks can give way.
  private static func indivisible(_ experts: Int, ranks: Int) -> InputError {
    let below = (1...ranks).last { experts % $0 == 0 }
    let above = experts > ranks ? (ranks...experts).first { experts % $0 == 0 } : nil
    let nearest = [below, above].compactMap { $0.map(String.init) }.joined(separator: " and ")
    let message = "\(experts) experts do not divide over \(ranks) ranks, and this planner makes no replicas; "
    return InputError(message + "the nearest numbers of ranks that do: \(nearest)", status: .usage)
  }
}
