import Diagnostics
import LoadBalancing
import RoutingTrace

/// Whether an exact planner can run on a trace and a machine, and what a reader has to know of it.
struct ExactCheck {
  private let planner: any ExactPlanner
  private let charge: LayerCharge
  private let policy: String
  private let setting: ReplaySetting

  /// Nil for a policy without one.
  init?(of policy: BalancingPolicy, on setting: ReplaySetting) {
    guard let planner = policy.planner.exact, let charge = policy.schedule.charge else { return nil }
    self.planner = planner
    self.charge = charge
    self.policy = policy.name
    self.setting = setting
  }

  /// - Parameter alive: ranks that there are.
  /// - Throws: `InputError` (usage) that says what would do.
  func require(on alive: AliveRanks) throws(InputError) {
    let (experts, ranks) = (setting.header.experts, alive.count)
    if setting.header.content == .counts {
      throw InputError(
        "exact planners go by the visits of each source rank, which a trace of counts does not have; "
          + "its loads tell balance alone, as 'oracle' does", in: "policy \(policy)", status: .usage)
    }
    guard experts % ranks == 0 else {
      throw InputError(
        "\(experts) experts do not divide over \(ranks) ranks, and exact planners need as many at home on each",
        in: "policy \(policy)", status: .usage)
    }
    guard !alive.hasUnevenNodes else {
      throw InputError(
        "nodes have different numbers of ranks, and exact planners need as many on each", in: "policy \(policy)",
        status: .usage)
    }
    if let objection = planner.objection(experts: experts, ranks: ranks, ranksPerNode: alive.ranksPerNode) {
      throw InputError(objection, in: "policy \(policy)", status: .usage)
    }
  }

  /// What it has that this machine or model has not; nil if there is nothing.
  var remark: String? {
    var remarks = [planner.remark(ranks: setting.cluster.ranks, ranksPerNode: setting.cluster.ranksPerNode)]
    if charge.hiddenBehind == .sharedExpert {
      if setting.model.sharedExperts == 0 {
        remarks.append("\(setting.model.name) has no shared experts to hide fetches behind.")
      } else if setting.model.sharedExpertFusion?.isFused == true {
        remarks.append("shared experts that are fused into the routed ones' kernels hide no fetches.")
      } else if setting.compute == nil {
        remarks.append("the cluster does not describe its GPUs, so no shared experts hide fetches.")
      }
    }
    let told = remarks.compactMap(\.self)
    return told.isEmpty ? nil : told.joined(separator: " ")
  }
}

extension BalancingPolicy {
  /// Slots of a rank beyond those of its placement, as a mean over the model's layers: those for arrivals are there once
  /// for all layers.
  ///
  /// - Parameters:
  ///   - ranks: that there are; the cluster's when nil.
  ///   - most: arrivals of a layer that a rank had, at most, where the planner does not say.
  func arrivalSlotsPerLayer(on setting: ReplaySetting, ranks: Int? = nil, most: Int = 0) -> Double {
    Double(arrivalSlots(on: setting, ranks: ranks, most: most)) / Double(setting.model.moeLayers)
  }

  /// Slots for arrivals on a rank; 0 without an exact planner. Parameters as above.
  func arrivalSlots(on setting: ReplaySetting, ranks: Int? = nil, most: Int) -> Int {
    guard let exact = planner.exact else { return 0 }
    return exact.arrivalSlots(homeExperts: setting.header.experts / (ranks ?? setting.cluster.ranks)) ?? most
  }
}
