import Diagnostics
import LoadBalancing
import PerformanceModel

extension ReplaySetting {
  /// Where tokens visit the shared experts: as the policy says, else as the model does; nil for each rank's own.
  private func sharedExpert(under policy: BalancingPolicy) -> SharedExpertRecipe? {
    policy.sharedExpert ?? (model.sharedExpertFusion == .follow ? .follow : nil)
  }

  /// Nil where every rank runs the shared experts on its own tokens.
  func sharedVisits(under policy: BalancingPolicy) -> SharedVisits? {
    let isFused = model.sharedExpertFusion?.isFused == true
    return sharedExpert(under: policy).map {
      SharedVisits($0, topK: topK, ranks: cluster.ranks, count: isFused ? model.sharedExperts : 1)
    }
  }

  /// - Throws: `InputError` (usage) if the policy sends tokens to shared experts that the model does not have, or has by
  ///   kernels of their own, that the cluster does not say the time of, or from sources that the trace does not tell; if
  ///   the model's tokens go where a trace does not tell.
  func checkSharedExperts(of policy: BalancingPolicy) throws(InputError) {
    guard let rule = policy.sharedExpert else { return try checkFollowing() }
    func refused(_ message: String) -> InputError {
      InputError("sharedExpert: \(rule.name): \(message)", in: "policy \(policy.name)", status: .usage)
    }
    guard model.sharedExperts > 0 else { throw refused("model '\(model.name)' has no shared experts") }
    if let fusion = model.sharedExpertFusion, !fusion.isFused, rule.name != "home" {
      throw refused(
        "sends tokens to the routed experts' kernels, but model '\(model.name)' has sharedExpertFusion: "
          + fusion.rawValue)
    }
    guard header.content == .tokens else {
      throw refused("goes by the source and the ranks of each token, but trace '\(header.name)' holds counts")
    }
    guard prices(isDecode: false).compute != nil, prices(isDecode: true).compute != nil else {
      throw refused("what it evens out is not known, as cluster '\(cluster.name)' has no gpu")
    }
  }

  private func checkFollowing() throws(InputError) {
    guard model.sharedExpertFusion == .follow, header.content == .counts else { return }
    throw InputError(
      "sharedExpertFusion: follow: goes by the ranks of each token, but trace '\(header.name)' holds counts",
      in: "model \(model.name)", status: .usage)
  }
}

extension LayerOutcome {
  /// Takes off what shared experts do while tokens are dispatched, which has to be priced.
  mutating func hideSharedExperts() {
    guard expertCost?.besideDispatch ?? 0 > 0 else { return }
    expertCost?.hide(behind: time.dispatch)
    time.experts = expertCost?.time ?? 0
  }
}
