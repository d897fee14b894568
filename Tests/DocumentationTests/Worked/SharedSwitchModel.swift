import Diagnostics
import PerformanceModel

/// All remote bytes one after another through a switch as fast as one scale-out link.
struct SharedSwitchModel: AllToAllModel {
  private let copies: Copies
  private let dispatch: PortOperation
  private let combine: PortOperation

  init(cluster: Cluster) throws(InputError) {
    guard cluster.scaleOut != nil, let dispatch = PortOperation.dispatch(of: cluster),
      let combine = PortOperation.combine(of: cluster)
    else { throw InputError("a shared switch needs scaleUp and scaleOut", in: cluster.name, status: .usage) }
    copies = cluster.copies
    self.dispatch = dispatch
    self.combine = combine
  }

  func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    let loads = traffic.portCopies(copies)
    let total = loads.totalScaleUp + loads.totalScaleOut
    let dispatchTime = total * payload.dispatchBytes / dispatch.scaleOutBandwidth
    let combineTime = payload.combineBytes.map { total * $0 / combine.scaleOutBandwidth }
    return AllToAllCost(
      dispatch: dispatch.latency + dispatchTime, combine: combineTime.map { combine.latency + $0 } ?? 0,
      scaleUpBytes: loads.totalScaleUp * payload.dispatchBytes,
      scaleOutBytes: loads.totalScaleOut * payload.dispatchBytes, bound: dispatchTime + (combineTime ?? 0))
  }
}
