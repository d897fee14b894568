import Diagnostics
import PerformanceModel

extension MeasurementKind {
  /// Bytes that one rank, or all of a node at once, load from a tier of a cluster's `storage`, or of the table's.
  public static let load = MeasurementKind(
    name: "load", summary: "loads from host memory, disks or a remote store", required: ["tier", "bytes"],
    optional: [], measured: ["microseconds"], hasTraffic: false, hasExperts: false, isOfStorage: true,
    tokensArePerRank: false,
    operations: { _ in [(.load, column: "microseconds")] }
  ) { prepared, machine in
    let row = prepared.row
    let cluster = machine.cluster
    guard let load = row.storageLoad else { preconditionFailure("a row of loads without one") }
    guard let storage = cluster.storage else {
      throw InputError("\(cluster.name) has no storage to load from", status: .usage)
    }
    guard storage[load.tier] != nil else {
      let known = storage.tiers.map(\.rawValue).joined(separator: ", ")
      throw InputError("\(cluster.name)'s storage has no \(load.tier.rawValue); it has \(known)", status: .usage)
    }
    var loads = StorageLoads(ranks: row.ranks)
    for rank in 0..<row.ranks { loads.add(load.bytes, toRank: rank, from: load.tier) }
    return storage.time(of: loads, ranksPerNode: cluster.ranksPerNode)
  }
}
