import Diagnostics
import LoadBalancing
import PerformanceModel

extension ReplaySetting {
  /// The cluster's changes, if ranks can come and go under the policy.
  ///
  /// - Throws: `InputError` (usage) for changes that cannot happen, and where they cannot be replayed.
  func changes(under policy: BalancingPolicy) throws(InputError) -> RankChanges {
    let cluster = cluster
    let changes = try RankChanges(cluster.changes, ranks: cluster.ranks)
    guard !changes.isEmpty else { return changes }
    guard cluster.price == nil else {
      throw InputError(
        "cost: nobody says whether ranks that are gone are paid for; leave out it or the changes",
        in: "cluster \(cluster.name)", status: .usage)
    }
    if serving != nil { try requireWholeGroups(changes) }
    if let objection = policy.objectionToChanges {
      throw InputError(objection, in: "policy \(policy.name)", status: .usage)
    }
    return changes
  }

  /// - Throws: `InputError` (usage) for a change that leaves a part of the ranks that share a token's attention.
  private func requireWholeGroups(_ changes: RankChanges) throws(InputError) {
    let size = sourceAssignment.sources.attentionRanks
    var alive = AliveRanks(all: cluster.ranks, ranksPerNode: cluster.ranksPerNode)
    for change in changes.all {
      alive = alive.changed(by: change, on: cluster)
      guard Dictionary(grouping: alive.ids, by: { $0 / size }).values.contains(where: { $0.count < size }) else {
        continue
      }
      throw InputError(
        "change '\(change.text)': groups of \(size) ranks share attention; with --context they come and go as a whole",
        status: .usage)
    }
  }

  /// What servers do when ranks fail.
  func recovery() throws(InputError) -> any RecoveryRule {
    do {
      return try Recoveries.registry.named((cluster.elastic ?? ElasticTimes()).recovery)
    } catch {
      throw InputError("elastic.recovery: \(error.message)", in: "cluster \(cluster.name)", status: .usage)
    }
  }

  /// What the reader has to know of changes.
  func changeNotes(steps: Int) -> [String] {
    guard !cluster.changes.isEmpty else { return [] }
    var notes: [String] = []
    let late = cluster.changes.filter { $0.step >= steps }
    if !late.isEmpty {
      let texts = late.map { "'\($0.text)'" }.joined(separator: ", ")
      notes.append("\(late.count == 1 ? "Change" : "Changes") \(texts) never happened: the replay has \(steps) steps.")
    }
    let isInterrupted = cluster.changes.contains { 1..<max(2, steps) ~= $0.step }
    if isInterrupted {
      notes.append(
        "Interruptions are in the total and apart in 'changes': distributions, steady and end-to-end figures are of steps "
          + "served.")
    }
    if cluster.elastic == nil, isInterrupted {
      notes.append(
        "Every change interrupts for 6.5 s and what moves, as SGLang was for 6.2 to 6.8 s on 32 ranks; the cluster's "
          + "'elastic' says what yours takes.")
    }
    var alive = AliveRanks(all: cluster.ranks, ranksPerNode: cluster.ranksPerNode)
    let isUneven = (try? RankChanges(cluster.changes, ranks: cluster.ranks))?.all.contains { change in
      alive = alive.changed(by: change, on: cluster)
      return alive.hasUnevenNodes && change.step < steps
    }
    if isUneven == true {
      notes.append(
        "Nodes have different numbers of ranks after a change: planners and dispatch rules see one node until that ends."
      )
    }
    return notes
  }
}
