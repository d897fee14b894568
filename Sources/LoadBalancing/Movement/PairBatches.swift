/// All that one rank sends another for a layer.
public struct ExpertFlow: Equatable, Sendable {
  public let sender: Int
  public let receiver: Int
  /// Ascending.
  public var experts: [Int]
}

/// The fetches of a layer as pairs of ranks, dealt to batches in which no rank is busy twice.
public enum PairBatches {
  /// Flows in the order of their first expert, then of the sender; each goes into the first batch in which neither of its
  /// ranks sends or receives.
  ///
  /// Source: vllm-project/vllm pull request 52641, migration_scheduler.py.
  ///
  /// - Complexity: O(fetches · log fetches + flows · batches).
  public static func batches(of fetches: [ExpertFetch]) -> [[ExpertFlow]] {
    var flows: [ExpertFlow] = []
    for fetch in fetches.sorted(by: { $0.order < $1.order }) {
      if let known = flows.firstIndex(where: { $0.sender == fetch.sender && $0.receiver == fetch.receiver }) {
        flows[known].experts.append(fetch.expert)
      } else {
        flows.append(ExpertFlow(sender: fetch.sender, receiver: fetch.receiver, experts: [fetch.expert]))
      }
    }
    var batches: [[ExpertFlow]] = []
    var busy: [Set<Int>] = []
    for flow in flows {
      let pair: Set<Int> = [flow.sender, flow.receiver]
      let place = busy.firstIndex { $0.isDisjoint(with: pair) } ?? busy.count
      if place == busy.count {
        batches.append([])
        busy.append([])
      }
      batches[place].append(flow)
      busy[place].formUnion(pair)
    }
    return batches
  }
}

extension ExpertFetch {
  fileprivate var order: (Int, Int, Int) { (expert, sender, receiver) }
}
