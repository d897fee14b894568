import Diagnostics
import PerformanceModel

/// A row on a machine of its size, under one load: what the models make of its parts.
struct PricedRow {
  let row: MeasurementTable.Row
  let cluster: Cluster
  let gate: Gate
  /// Nil where the row's facts tell its load, or every expert is expected to get as much as any other.
  let draw: DrawnLoad?

  private var model: ModelShape { row.model }
  private var facts: [LoadFact: Double] { row.load.facts }

  /// Dispatch and combine.
  func allToAllCost(payload: Payload) throws -> AllToAllCost {
    try cluster.makeAllToAll().price(trafficByFacts ?? traffic, payload: payload)
  }

  /// Copies at the busiest ports, as the row says or its load is expected to make.
  var portCopies: PortCopies {
    get throws(InputError) { try (trafficByFacts ?? traffic).portCopies(cluster.copies) }
  }

  /// One pair of ranks with what the row says that its busiest port carries, which is all that ports are priced by; nil
  /// when it does not say.
  private var trafficByFacts: Traffic? {
    get throws(InputError) {
      let isMerged = cluster.copies != .direct
      let received = facts[isMerged ? .maxTokensReceived : .maxVisitsReceived]
      let sent = facts[isMerged ? .maxTokensSent : .maxVisitsSent]
      guard let received, let sent, cluster.ranks > 1 else { return nil }
      guard cluster.allToAll == "port" else {
        throw InputError("\(LoadFact.maxVisitsReceived.rawValue) needs the port model, not \(cluster.allToAll)")
      }
      guard cluster.nodes == 1 else {
        throw InputError("what crosses ranks is given, but not what crosses the \(cluster.nodes) nodes; ignore it")
      }
      var traffic = Traffic(ranks: cluster.ranks, ranksPerNode: cluster.ranksPerNode)
      traffic.visits[1] = max(received, sent)
      traffic.rankCopies[1] = max(received, sent)
      // What the hottest rank has of its own crosses nothing, but its kernels handle it.
      traffic.visits[cluster.ranks + 1] = max(0, (facts[.hottestRankVisits] ?? 0) - max(received, sent))
      return traffic
    }
  }

  /// Of a drawn load, sources are even: every rank starts an equal part of any expert's tokens, in expectation.
  private var traffic: Traffic {
    let (ranks, tokens) = (cluster.ranks, row.tokensPerRank)
    guard let draw else {
      return GateExpectation(
        experts: model.experts, topK: model.topK, gate: gate, groups: model.groups,
        groupsPerToken: model.groupsPerToken
      ).traffic(ranks: ranks, ranksPerNode: cluster.ranksPerNode, tokensPerRank: tokens)
    }
    var traffic = Traffic(ranks: ranks, ranksPerNode: cluster.ranksPerNode)
    let part = 1 / Double(ranks)
    for index in traffic.visits.indices {
      traffic.visits[index] = draw.rankVisits[index % ranks] * part
      traffic.rankCopies[index] = draw.rankTokens[index % ranks] * part
    }
    for index in traffic.nodeCopies.indices {
      traffic.nodeCopies[index] = draw.nodeTokens[index % traffic.nodes] * part
    }
    return traffic
  }

  /// Expert kernels of a layer; where the load is known or drawn, of the rank with most visits.
  ///
  /// - Parameter hasSharedExperts: whether every rank runs the model's shared experts, too.
  func expertCost(hasSharedExperts: Bool) throws(InputError) -> ExpertCost {
    guard row.slots % row.ranks == 0 else {
      throw InputError("\(row.slots) experts do not divide over \(row.ranks) ranks")
    }
    var routed = model
    if !hasSharedExperts { routed.sharedExperts = 0 }
    guard let compute = try cluster.expertCompute(of: routed) else {
      throw InputError("no gpu to predict expert times with", in: cluster.name)
    }
    if let load = loadByFacts {
      return compute.layerCost(of: load, batch: Double(row.groupTokens), isDecode: row.operation == .decode)
    }
    return compute.layerCost(
      slotTokens: slotTokens.span, slotsPerRank: row.slots / row.ranks,
      tokensPerRank: row.tokensPerRank, arrived: compute.countsTokens ? arrivedTokens : nil,
      isDecode: row.operation == .decode)
  }

  /// `[slots]`; nothing on other ranks than the hottest when its load is told.
  private var slotTokens: [Double] {
    let perRank = row.slots / row.ranks
    guard let hottest = slotsByFacts(perRank) ?? draw?.hottestSlots else {
      return Array(repeating: Double(row.groupTokens * model.topK) / Double(row.slots), count: row.slots)
    }
    return hottest + Array(repeating: 0, count: row.slots - perRank)
  }

  /// The rank that has most of everything, where the row says so to the tile.
  private var loadByFacts: RankLoad? {
    guard let visits = facts[.hottestRankVisits], let tiles = facts[.maxRankTiles], let rows = facts[.tileRows] else {
      return nil
    }
    let slots = Double(row.slots / row.ranks)
    return RankLoad(
      touched: facts[.maxRankExperts] ?? facts[.hottestRankExperts] ?? min(slots, visits), visits: visits,
      padded: tiles * rows, slots: slots, tokens: facts[.hottestRankTokens] ?? visits,
      meanTokens: Double(row.groupTokens * model.topK) / Double(row.slots))
  }

  /// `[ranks]` different tokens; the first rank is the hottest where its load is told or drawn.
  private var arrivedTokens: [Double] {
    let expected =
      Double(row.groupTokens)
      * GateExpectation(experts: model.experts, topK: model.topK, gate: gate).touchProbability(parts: row.ranks)
    let hottest = facts[.hottestRankTokens] ?? draw?.hottestTokens ?? facts[.hottestRankVisits]
    return [hottest ?? expected] + Array(repeating: expected, count: row.ranks - 1)
  }

  /// The hottest rank as the row's facts have it: one expert with the most visits, the other visited ones alike.
  private func slotsByFacts(_ perRank: Int) -> [Double]? {
    guard let visits = facts[.hottestRankVisits] else { return nil }
    let visited = min(perRank, max(1, Int((facts[.hottestRankExperts] ?? Double(perRank)).rounded())))
    let even = visits / Double(visited)
    let most = min(max(even, facts[.hottestExpertVisits] ?? even), max(even, visits - Double(visited - 1)))
    let others = visited > 1 ? (visits - most) / Double(visited - 1) : 0
    return [most] + Array(repeating: others, count: visited - 1) + Array(repeating: 0, count: perRank - visited)
  }

  /// One MoE layer at the cluster's overlap.
  func layerTime(hasSharedExperts: Bool) throws -> (time: Double, touchedExperts: Double) {
    let communication = try allToAllCost(payload: cluster.payload(of: model))
    let experts = try expertCost(hasSharedExperts: hasSharedExperts)
    let layer = LayerTime(
      dispatch: communication.dispatch, experts: experts.time, combine: communication.combine)
    return (layer.total(cluster.overlap), experts.touchedExperts)
  }
}
