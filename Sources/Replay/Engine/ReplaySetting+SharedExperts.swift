import Diagnostics
import LoadBalancing

extension ReplaySetting {
  /// - Throws: `InputError` (usage) if the policy sends tokens to shared experts that the model does not have, that the
  ///   cluster does not say the time of, or from sources that the trace does not tell.
  func checkSharedExperts(of policy: BalancingPolicy) throws(InputError) {
    guard let rule = policy.sharedExpert else { return }
    func refused(_ message: String) -> InputError {
      InputError("sharedExpert: \(rule.name): \(message)", in: "policy \(policy.name)", status: .usage)
    }
    guard model.sharedExperts > 0 else { throw refused("model '\(model.name)' has no shared experts") }
    guard header.content == .tokens else {
      throw refused("goes by the source and the ranks of each token, but trace '\(header.name)' holds counts")
    }
    guard prices(isDecode: false).compute != nil, prices(isDecode: true).compute != nil else {
      throw refused("what it evens out is not known, as cluster '\(cluster.name)' has no gpu")
    }
  }
}
