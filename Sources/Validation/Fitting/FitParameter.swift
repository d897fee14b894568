import Foundation
import PerformanceModel

/// A figure of a machine that a fit may change; it is above 0, and fitted by its logarithm.
///
/// A figure that is 0 is no parameter: it says that the machine has no such cost. Nor is one that is unlimited.
struct FitParameter: Sendable {
  /// As a cluster file writes it, such as `gpu.efficiency.hbm`.
  let name: String
  let range: ClosedRange<Double>
  /// In bytes, microseconds and their quotients; nil where the machine has none.
  private let read: @Sendable (Cluster) -> Double?
  private let write: @Sendable (inout Cluster, Double) -> Void

  /// Bytes per microsecond, microseconds, and parts of a peak.
  static let bandwidths = 1e-3...1e9
  static let times = 1e-6...1e6
  static let fractions = 0.001...1.0

  init(
    _ name: String, _ range: ClosedRange<Double>, read: @escaping @Sendable (Cluster) -> Double?,
    write: @escaping @Sendable (inout Cluster, Double) -> Void
  ) {
    self.name = name
    self.range = range
    self.read = read
    self.write = write
  }

  func value(of cluster: Cluster) -> Double? { read(cluster).flatMap { $0 > 0 && $0.isFinite ? $0 : nil } }

  /// Of the logarithm.
  var logarithms: ClosedRange<Double> { log(range.lowerBound)...log(range.upperBound) }

  func set(_ value: Double, in cluster: inout Cluster) {
    write(&cluster, min(max(value, range.lowerBound), range.upperBound))
  }

  /// What a machine has of all that rows can depend on.
  static func all(of cluster: Cluster, for rows: [MeasurementTable.Row], _ kind: MeasurementKind) -> [FitParameter] {
    var all = kind.hasTraffic ? links(of: cluster) + work(of: cluster) : []
    if kind.hasExperts {
      all += cluster.experts == nil ? gpu : formats(of: rows, on: cluster).flatMap(experts)
    }
    let there = all.filter { $0.value(of: cluster) != nil }
    return kind.operationsAreApart ? there : tied(there, of: cluster)
  }

  /// Figures that dispatch and combine have alike as one, for rows that time both together.
  private static func tied(_ parameters: [FitParameter], of cluster: Cluster) -> [FitParameter] {
    parameters.compactMap { parameter in
      func other(_ from: String, _ to: String) -> FitParameter? {
        let name = parameter.name.replacing(from, with: to)
        return parameters.first {
          $0.name == name && name != parameter.name && $0.value(of: cluster) == parameter.value(of: cluster)
        }
      }
      if other("combine", "dispatch") != nil { return nil }
      guard let combine = other("dispatch", "combine") else { return parameter }
      return FitParameter("\(parameter.name) and \(combine.name)", parameter.range) {
        parameter.read($0)
      } write: {
        parameter.write(&$0, $1)
        combine.write(&$0, $1)
      }
    }
  }

  /// Formats that the machine's kernels compute the rows' experts in.
  private static func formats(of rows: [MeasurementTable.Row], on cluster: Cluster) -> [ExpertFormat] {
    let used = Set(rows.compactMap { cluster.expertFormat(of: $0.model) })
    return ExpertFormat.allCases.filter(used.contains)
  }
}
