import Diagnostics
import PerformanceModel

extension ReplaySetting {
  /// - Throws: `InputError` (usage) for a cluster that states a price where no context is known, and so no throughput.
  package func requireContextForCost() throws(InputError) {
    guard serving == nil, cluster.price != nil else { return }
    throw InputError(
      "cost: needs the tokens per second of --context (in a study, of options.context)", in: "cluster \(cluster.name)",
      status: .usage)
  }

  /// What the reader has to know of the cost; nil where there is nothing, or no price.
  ///
  /// - Parameter hasThroughput: whether the steps that were replayed have one: all are decode, or all prefill.
  package func costNote(hasThroughput: Bool) -> String? {
    guard serving != nil, let price = cluster.price else { return nil }
    guard hasThroughput else {
      return "There are no tokens per second, and so no cost: the steps are neither all decode nor all prefill."
    }
    guard price.power?.idle != nil else { return nil }
    return "Watts of a GPU are on a straight line from idleWatts to wattsPerGPU, at the greater of S-MBU and S-MFU: "
      + "both ends are stated, nothing between them was measured."
  }
}
