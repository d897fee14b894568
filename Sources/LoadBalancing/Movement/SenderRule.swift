import Diagnostics

/// Chooses who sends an expert to the ranks that newly need it. Values may remember the layers before.
public protocol SenderRule: Sendable {
  /// - Parameters:
  ///   - old: a layer's placement in force.
  ///   - new: the one to come, on as many ranks.
  /// - Returns: one fetch for every expert that a rank did not hold, by receiver, then by the expert's first slot there.
  mutating func fetches(from old: LayerPlacement, to new: LayerPlacement, ranksPerNode: Int) -> [ExpertFetch]
}

/// The rules that `migration.senders` can name.
public enum SenderRules {
  public static let registry = Registry<Maker<any SenderRule>>(
    "rule for senders",
    [
      .init("any", "a holder on the receiver's node, else any, whoever has least to send") { LeastBusySenders() },
      .init("vllm", "vLLM's: receivers in equal runs over all holders, wherever they are") { VLLMSenders() },
      .init("sglang", "SGLang's: holders on the receiver's node, else all, in equal runs") { SGLangSenders() },
      .init("ascend", "vllm-ascend's: one holder for all receivers, if possible one that gives the expert up") {
        AscendSenders()
      },
    ])
}

extension SenderRule {
  /// The fetches of a change whose receivers of an expert are shared out at once.
  ///
  /// - Parameter senders: `[receivers]` for an expert and its receivers, ascending.
  func fetches(of change: LayerChange, senders: (_ expert: Int, _ receivers: [Int]) -> [Int]) -> [ExpertFetch] {
    var senderOf: [Int: [Int: Int]] = [:]
    for expert in change.fetched {
      let receivers = change.receivers(of: expert)
      senderOf[expert] = Dictionary(uniqueKeysWithValues: zip(receivers, senders(expert, receivers)))
    }
    return (0..<change.ranks).flatMap { receiver in
      var seen = Set<Int>()
      return change.after[receiver].compactMap { expert -> ExpertFetch? in
        guard seen.insert(expert).inserted, let sender = senderOf[expert]?[receiver] else { return nil }
        return ExpertFetch(expert: expert, sender: sender, receiver: receiver)
      }
    }
  }
}
