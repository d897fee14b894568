import Diagnostics
import PerformanceModel

/// Where a row's experts lie.
struct PlacedRow {
  let shape: ModelShape
  /// The row's machine with its ranks.
  let machine: Cluster
  let slots: Int
  /// Whether EPLB placed them.
  let isPlanned: Bool

  init(
    _ cells: TableCells, _ kind: MeasurementKind, shape: ModelShape, sized machine: Cluster
  ) throws(InputError) {
    self.shape = shape
    self.machine = machine
    isPlanned = try cells.yesOrNo("eplb") ?? false
    slots = try cells.whole("slots", most: 1 << 16) ?? shape.experts
    guard slots >= shape.experts else {
      throw cells.error("\(slots) slots cannot hold \(shape.experts) experts", at: "slots")
    }
    guard isPlanned || slots == shape.experts || !kind.hasTokens else {
      throw cells.error("\(slots) slots of \(shape.experts) experts, but eplb does not say yes", at: "slots")
    }
    guard slots == shape.experts || slots % machine.ranks == 0 else {
      throw cells.error("\(slots) slots do not divide over \(machine.ranks) ranks", at: "slots")
    }
  }
}

/// The load of a row: its facts, and draws of what its distribution leaves open.
struct LoadReader {
  private let front: FrontMatter
  private var drawn: [LoadParameters: [DrawnLoad]] = [:]

  init(front: FrontMatter) { self.front = front }

  mutating func load(_ cells: TableCells, _ placed: PlacedRow, tokens: Int) throws(InputError) -> RowLoad {
    var load = RowLoad()
    for fact in LoadFact.allCases where front.kind.columns.contains(fact.rawValue) {
      load.facts[fact] = try cells.count(fact.rawValue)
    }
    let distribution = try distribution(cells)
    let isTold = load.facts[.hottestRankVisits] != nil && (!front.kind.hasTraffic || tellsPorts(load, placed.machine))
    if !isTold, distribution != .uniform {
      let shape = placed.shape
      guard shape.experts % placed.machine.ranks == 0 || placed.isPlanned else {
        throw cells.error("\(shape.experts) experts do not divide over \(placed.machine.ranks) ranks")
      }
      load.draws = try draws(
        LoadParameters(
          distribution, experts: shape.experts, topK: shape.topK, tokens: tokens, ranks: placed.machine.ranks,
          nodes: placed.machine.nodes, plannedSlots: placed.isPlanned ? placed.slots : nil),
        cells)
    }
    if let hottest = load.facts[.hottestRankTokens], load.facts[.hottestRankVisits] == nil {
      guard distribution.isDrawn else {
        throw cells.error("hottest_rank_tokens is for loads that are drawn: power_law_A or sampled_A")
      }
      load.draws = load.draws.conditioned(onHottestTokens: hottest)
    }
    return load
  }

  private func tellsPorts(_ load: RowLoad, _ machine: Cluster) -> Bool {
    let facts: [LoadFact] =
      machine.copies == .direct ? [.maxVisitsReceived, .maxVisitsSent] : [.maxTokensReceived, .maxTokensSent]
    return facts.allSatisfy { load.facts[$0] != nil }
  }

  private func distribution(_ cells: TableCells) throws(InputError) -> LoadDistribution {
    guard let text = cells.text("distribution") else {
      guard !front.isPowerLaw else { throw cells.error("gate: power-law needs a distribution, such as power_law_1.2") }
      if try cells.yesOrNo("eplb") == true { throw cells.error("eplb plans for a load: say its distribution") }
      return .uniform
    }
    guard let distribution = LoadDistribution(text) else {
      let known = LoadDistribution.spellings.dropLast().joined(separator: ", ")
      throw cells.error(
        "distribution '\(text)', expected \(known) or \(LoadDistribution.spellings.last ?? "")", at: "distribution")
    }
    guard !front.isPowerLaw || distribution.isDrawn else {
      throw cells.error("gate: power-law, but distribution '\(text)'", at: "distribution")
    }
    guard front.gate == .uniform || distribution == .uniform else {
      throw cells.error("distribution '\(text)' beside gate: \(front.gate.rawValue); keep one", at: "distribution")
    }
    if try cells.yesOrNo("eplb") == true {
      guard case .powerLaw = distribution else { throw cells.error("eplb needs power_law_A", at: "distribution") }
    }
    return distribution
  }

  private mutating func draws(
    _ parameters: LoadParameters, _ cells: TableCells
  ) throws(InputError) -> [DrawnLoad] {
    if let known = drawn[parameters] { return known }
    do {
      var loads = try parameters.loads(count: front.draws)
      if !front.kind.hasTraffic {
        for index in loads.indices { loads[index].dropPorts() }
      }
      drawn[parameters] = loads
      return loads
    } catch {
      throw cells.error((error as? InputError)?.message ?? "\(error)")
    }
  }
}
