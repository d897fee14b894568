import Diagnostics
import LoadBalancing
import RoutingTrace

/// Counts where tokens start, rank by rank.
package struct SourceCount {
  let setting: ReplaySetting

  /// - Throws: `InputError` (usage) if the trace holds counts.
  package init(of setting: ReplaySetting) throws(InputError) {
    guard setting.header.content == .tokens else {
      let message = "plans by where tokens start, but trace '\(setting.header.name)' holds counts"
      throw InputError(message, status: .usage)
    }
    self.setting = setting
  }

  /// No tokens.
  package var none: SourceLoad {
    let (layers, ranks, experts) = (setting.header.layers, setting.cluster.ranks, setting.header.experts)
    return SourceLoad(
      layers: layers, ranks: ranks, experts: experts, values: Array(repeating: 0, count: layers * ranks * experts))
  }

  /// - Throws: `InputError` (usage) for a step without what the rule for sources asks for.
  /// - Complexity: O(layers · tokens · topK).
  package func add(_ step: RoutingStep, to load: inout SourceLoad) throws(InputError) {
    let ranks = try setting.sourceAssignment.ranks(of: step, in: setting.header).ranks
    let topK = setting.topK
    for layer in 0..<load.layers {
      for (token, rank) in ranks.enumerated() {
        let row = (layer * load.ranks + Int(rank)) * load.experts
        let first = (layer * ranks.count + token) * topK
        for visit in first..<first + topK where !step.hasDropped || step.experts[visit] != RoutingStep.dropped {
          load.values[row + Int(step.experts[visit])] += 1
        }
      }
    }
  }
}
