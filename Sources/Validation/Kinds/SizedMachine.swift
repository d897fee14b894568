import Diagnostics
import PerformanceModel

/// A machine of a row's size, and what prices rows of this kind and model on it.
struct SizedMachine {
  let cluster: Cluster
  /// Nil for kinds that send nothing.
  let allToAll: (any AllToAllModel)?
  /// Nil for kinds that compute no experts.
  let experts: ExpertCompute?

  /// - Throws: `InputError` when the machine cannot have so many ranks, or lacks what the kind needs.
  init(_ machine: Cluster, ranks: Int, model: ModelShape, kind: MeasurementKind) throws(InputError) {
    cluster = try machine.resized(ranks: ranks)
    allToAll = kind.hasTraffic ? try cluster.makeAllToAll() : nil
    guard kind.hasExperts else {
      experts = nil
      return
    }
    var routed = model
    if !kind.hasSharedExperts { routed.sharedExperts = 0 }
    guard let experts = try cluster.expertCompute(of: routed) else {
      throw InputError("no gpu to predict expert times with", in: cluster.name)
    }
    self.experts = experts
  }
}
