import Diagnostics
import LoadBalancing
import RoutingTrace

extension ReplayJob {
  /// Replays some layers alone, to be added up with the others by `merge`.
  ///
  /// - Parameters:
  ///   - source: all steps with all layers: a plan may go by all of them.
  ///   - layers: indices in the trace.
  /// - Throws: `InputError`: (usage) a policy that moves experts on the way, so that what serves in one layer depends on
  ///   the time of all; what `run` throws.
  package func shard(_ layers: Range<Int>, of source: any StepSource) throws -> LayerShard {
    try requireShards()
    let replayed = try pass.walk(source) { replayed in
      for replay in replayed.replays { replay.work = .some(.init(layers: layers, ranks: setting.cluster.ranks)) }
    }.replayed
    return LayerShard(
      layers: layers,
      policies: replayed[0].replays.map { replay in
        guard case .some(let part) = replay.work else { preconditionFailure("a shard became something else") }
        return part
      })
  }

  /// The result of a whole replay, from shards that have all layers between them.
  ///
  /// - Parameters:
  ///   - shards: of this job.
  ///   - source: read for what layers have in common.
  /// - Throws: `InputError`: shards of other policies or another trace, or that lack a layer; as `shard`.
  package func merge(_ shards: [LayerShard], on source: any StepSource) throws -> ReplayResult {
    try requireShards()
    let layers = shards.map(\.layers).filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    guard layers.map(\.lowerBound) == [0] + layers.dropLast().map(\.upperBound),
      layers.last?.upperBound == setting.header.layers, shards.allSatisfy({ $0.policies.count == policies.count })
    else { throw LayerShard.mismatch }
    let walked = try pass.walk(source) { replayed in
      for (index, replay) in replayed.replays.enumerated() {
        replay.work = .replayed(shards.map { $0.policies[index] })
      }
    }
    guard shards.allSatisfy({ $0.policies.allSatisfy { $0.steps ?? walked.passed.steps == walked.passed.steps } })
    else {
      throw LayerShard.mismatch
    }
    return try walked.replayed[0].results(of: walked.passed)[0]
  }

  private var pass: ReplayPass { ReplayPass([self], threads: threads, repeats: repeats, open: open) }

  private func requireShards() throws(InputError) {
    precondition(settings.count == 1 && !measuresRegret)
    for policy in policies where !policy.hasLayersApart {
      throw InputError(
        policy.cache != nil
          ? "has a cache, whose room all layers share: they are replayed together"
          : "plans on the way, when the time of all layers decides what has arrived: its layers are replayed together",
        in: "policy \(policy.name)", status: .usage)
    }
  }
}
