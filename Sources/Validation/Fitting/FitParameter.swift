import PerformanceModel

/// A figure of a machine that a fit may change; it is above 0, and fitted by its logarithm.
///
/// A figure that is 0 is no parameter: it says that the machine has no such cost.
struct FitParameter: Sendable {
  /// As a cluster file writes it, such as `gpu.efficiency.hbm`.
  let name: String
  let range: ClosedRange<Double>
  /// In bytes, microseconds and their quotients; nil where the machine has none.
  private let read: @Sendable (Cluster) -> Double?
  private let write: @Sendable (inout Cluster, Double) -> Void

  init(
    _ name: String, _ range: ClosedRange<Double>, read: @escaping @Sendable (Cluster) -> Double?,
    write: @escaping @Sendable (inout Cluster, Double) -> Void
  ) {
    self.name = name
    self.range = range
    self.read = read
    self.write = write
  }

  func value(of cluster: Cluster) -> Double? { read(cluster).flatMap { $0 > 0 ? $0 : nil } }

  func set(_ value: Double, in cluster: inout Cluster) {
    write(&cluster, min(max(value, range.lowerBound), range.upperBound))
  }

  /// What a machine has of all that rows of this kind can depend on.
  static func all(of cluster: Cluster, for kind: MeasurementKind) -> [FitParameter] {
    let all = (kind.hasTraffic ? links(of: cluster) : []) + (kind.hasExperts ? gpu : [])
    return all.filter { $0.value(of: cluster) != nil }
  }
}
