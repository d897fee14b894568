import Diagnostics
import PerformanceModel

/// What a row sends from rank to rank under one load.
struct RowTraffic {
  let row: MeasurementTable.Row
  /// Of the row's size.
  let cluster: Cluster
  let gate: Gate
  /// Nil where the row's facts tell its load, or every expert is expected to get as much as any other.
  let draw: DrawnLoad?

  private var facts: [LoadFact: Double] { row.load.facts }

  /// As the row says, or its load is expected to make.
  var traffic: Traffic {
    get throws(InputError) { try trafficByFacts ?? expectedTraffic }
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
  private var expectedTraffic: Traffic {
    let (ranks, model) = (cluster.ranks, row.model)
    guard let draw else {
      return GateExpectation(
        experts: model.experts, topK: model.topK, gate: gate, groups: model.groups,
        groupsPerToken: model.groupsPerToken
      ).traffic(ranks: ranks, ranksPerNode: cluster.ranksPerNode, tokensPerRank: row.tokensPerRank)
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
}
