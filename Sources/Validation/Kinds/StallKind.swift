import Diagnostics
import PerformanceModel

extension MeasurementKind {
  /// What a server waits for when a plan comes into force and every slot of every layer gets another expert: the price
  /// of moves, at the links' speed or at the `bandwidth` that servers reach.
  public static let stall = MeasurementKind(
    name: "stall", summary: "the wait for moves when every slot of the model gets another expert",
    required: ["ranks", "model"], optional: ["dtype", "slots", "bandwidth", "per_layer"], measured: ["us"],
    hasTraffic: false, hasExperts: false, tokensArePerRank: false,
    operations: { _ in [(.moves, column: "us")] }
  ) { prepared, machine in
    let row = prepared.row
    guard row.ranks > 1 else { return 0 }
    let perRank = Double(row.slots * row.model.moeLayers) * row.model.expertBytes / Double(row.ranks)
    var bytes = Array(repeating: perRank / Double(row.ranks - 1), count: row.ranks * row.ranks)
    for rank in 0..<row.ranks { bytes[rank * row.ranks + rank] = 0 }
    let layers = Double(row.model.moeLayers) * row.microsecondsPerLayer
    return try layers + Migration(cluster: machine.cluster, bandwidth: row.bandwidth).time(bytes: bytes)
  }
}
