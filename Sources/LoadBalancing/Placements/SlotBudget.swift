import Diagnostics

/// How many slots per layer a planner has to fill.
public enum SlotBudget: Equatable, Sendable {
  /// No replicas but those that fill the ranks evenly: as many slots as experts, or where experts do not divide over
  /// the ranks, as many on every rank as the fullest needs.
  case onePerExpert
  /// This many slots per layer beyond one per expert.
  case redundant(Int)
  /// This many slots on every rank beyond its part of the experts, so that the budget grows with the ranks.
  case redundantPerRank(Int)
  /// This many slots for every expert, and as many more as fill the ranks evenly.
  case perExpert(Int)
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
    let wanted = wanted(experts: experts, ranks: ranks)
    guard wanted <= Self.limit else {
      throw InputError("\(wanted) slots per layer, expected at most \(Self.limit)", status: .usage)
    }
    let least = (experts + ranks - 1) / ranks * ranks
    let below = wanted / ranks * ranks
    let nearest = max(least, wanted - below <= below + ranks - wanted ? below : below + ranks)
    guard wanted >= experts else {
      throw InputError("\(wanted) slots cannot hold \(experts) experts; the least is \(least)", status: .usage)
    }
    guard wanted % ranks == 0 else {
      let advice = "the nearest that do: \(nearest) (\(nearest - experts) redundant)"
      throw InputError("\(wanted) slots do not divide over \(ranks) ranks; \(advice)", status: .usage)
    }
    return wanted
  }

  /// Slots of a rank where their number gives way to that of the ranks: as many as were asked for, rounded up to fill them.
  ///
  /// - Throws: `InputError` (usage) beyond the limit.
  package func slotsPerRank(experts: Int, ranks: Int) throws(InputError) -> Int {
    let slots = max(experts, wanted(experts: experts, ranks: ranks))
    guard slots <= Self.limit - ranks else {
      throw InputError("\(slots) slots per layer, expected at most \(Self.limit)", status: .usage)
    }
    return (slots + ranks - 1) / ranks
  }

  /// Slots that were asked for, whether or not they can be had.
  func wanted(experts: Int, ranks: Int) -> Int {
    switch self {
    case .onePerExpert: (experts + ranks - 1) / ranks * ranks
    case .redundant(let count): experts.saturatingSum(count)
    case .redundantPerRank(let count):
      ((experts + ranks - 1) / ranks).saturatingSum(count).saturatingProduct(ranks)
    case .perExpert(let copies):
      ((experts.saturatingProduct(copies) - 1) / ranks + 1).saturatingProduct(ranks)
    case .total(let count): count
    }
  }
}

extension Int {
  /// The sum, or the number next to it that there is.
  fileprivate func saturatingSum(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? (other > 0 ? .max : .min) : sum
  }

  /// The product, or the number next to it that there is.
  fileprivate func saturatingProduct(_ other: Int) -> Int {
    let (product, overflows) = multipliedReportingOverflow(by: other)
    return overflows ? ((self > 0) == (other > 0) ? .max : .min) : product
  }
}
