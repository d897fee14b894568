import Diagnostics
import PerformanceModel

/// `sharedSwitch: {bandwidth: 400 GB/s, latency: 5 us}` in a cluster file.
struct SharedSwitchParameters: ClusterSection {
  static let key = "sharedSwitch"
  /// Bytes per microsecond, whoever sends them.
  var bandwidth: Double
  /// Microseconds before anything arrives.
  var latency: Double

  init(settings: Settings) throws(InputError) {
    bandwidth = try settings.bandwidth("bandwidth")
    latency = try settings.optionalDuration("latency") ?? 0
    try settings.rejectUnknownKeys()
  }

  var text: String { "{bandwidth: \(bandwidth / 1e3) GB/s, latency: \(latency) us}" }

  func leaving(_ fraction: Double) -> Self {
    var copy = self
    copy.bandwidth *= fraction
    return copy
  }
}

/// All remote bytes one after another through a switch.
struct SharedSwitchModel: AllToAllModel {
  private let parameters: SharedSwitchParameters
  private let copies: Copies

  init(cluster: Cluster) throws(InputError) {
    guard let parameters = cluster.sections[SharedSwitchParameters.self] else {
      throw InputError("the shared-switch model needs sharedSwitch", in: cluster.name, status: .usage)
    }
    self.parameters = parameters
    copies = cluster.copies
  }

  func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    let loads = traffic.portCopies(copies)
    let total = loads.totalScaleUp + loads.totalScaleOut
    let dispatchTime = total * payload.dispatchBytes / parameters.bandwidth
    let combineTime = payload.combineBytes.map { total * $0 / parameters.bandwidth }
    return AllToAllCost(
      dispatch: parameters.latency + dispatchTime, combine: combineTime.map { parameters.latency + $0 } ?? 0,
      scaleUpBytes: loads.totalScaleUp * payload.dispatchBytes,
      scaleOutBytes: loads.totalScaleOut * payload.dispatchBytes, bound: dispatchTime + (combineTime ?? 0),
      fixed: parameters.latency * (combineTime == nil ? 1 : 2))
  }
}
