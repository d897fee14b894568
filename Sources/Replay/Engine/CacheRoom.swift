import Diagnostics
import ExpertCache
import LoadBalancing
import PerformanceModel

/// How many experts a rank of a policy with a cache has room for.
struct CacheRoom {
  /// Experts of any layer of the trace.
  let experts: Int
  /// Of a layer, mean over layers.
  let slotsPerRank: Double

  /// - Precondition: the policy has a cache.
  /// - Throws: `InputError` (usage) for a GPU that is not described, too little room, or rules that do not fit the trace.
  init(_ recipe: CacheRecipe, on setting: ReplaySetting, policy: BalancingPolicy) throws(InputError) {
    let (header, model, cluster) = (setting.header, setting.model, setting.cluster)
    func mismatch(_ message: String) -> InputError {
      InputError("cache: \(message)", in: "policy \(policy.name)", status: .usage)
    }
    func experts(inBytes bytes: Double) -> Int {
      let modelLayers = max(model.moeLayers, header.layers)
      let room = max(0, bytes) / model.expertBytes * Double(header.layers) / Double(modelLayers)
      return Int(min(room, Double(header.layers * header.experts)))
    }
    let room: Int
    switch recipe.room {
    case .experts(let count): room = min(count, header.layers * header.experts)
    case .memory(let bytes): room = experts(inBytes: bytes)
    case .rest:
      guard let gpu = cluster.gpu else {
        throw mismatch("state memory or expertsPerRank: cluster \(cluster.name) does not describe its GPUs")
      }
      room = experts(inBytes: gpu.memory - MemoryAccount(model: model, slotsPerRank: 0).total)
    }
    let least = min(setting.topK, max(1, header.experts / cluster.ranks))
    guard room >= least else {
      throw mismatch("room for \(room) experts, but a token visits \(least) of a rank's in a layer")
    }
    if recipe.replacement.isPerLayer, room < header.layers {
      throw mismatch("room for \(room) experts, but this rule has places for each of \(header.layers) layers")
    }
    if let depth = recipe.prefetch?.depth, depth >= header.layers {
      throw mismatch("prefetch.depth: \(depth) layers ahead, but the trace has \(header.layers)")
    }
    if recipe.prefetch?.givesMatch == true, header.content == .counts {
      throw mismatch("prefetch: matches sequences, but trace '\(header.name)' holds counts")
    }
    if recipe.looksAhead, try policy.slots(experts: header.experts, ranks: cluster.ranks) != header.experts {
      throw mismatch("a rule that looks ahead knows what experts are needed, not which of their replicas")
    }
    if recipe.fetch == .overlapped, setting.compute == nil {
      throw mismatch("fetch: overlapped needs times of experts, but cluster \(cluster.name) does not describe its GPUs")
    }
    self.experts = room
    slotsPerRank = Double(room) / Double(header.layers)
  }
}
