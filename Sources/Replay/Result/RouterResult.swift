import LoadBalancing
import RoutingTrace

/// What rewriting the router came to.
public struct RouterResult: Codable, Equatable, Sendable {
  /// The baseline on the trace as it was recorded.
  public struct Before: Codable, Equatable, Sendable {
    /// The most loaded rank's visits over the mean, mean over steps and layers.
    public var peakToAverage: Double?
    /// Microseconds of all steps.
    public var total: Double
  }

  /// In their order.
  public var rewrites: [RouterTally]
  /// Experts of each layer that a rank need not keep, since nobody visits them any more; absent for none.
  public var removedExperts: Int?
  /// Absent for a trace that can be read only once.
  public var before: Before?
}

extension ReplayJob {
  /// What rewriting came to, for each machine of the job: how its baseline does on the trace as it was recorded is
  /// replayed for that.
  ///
  /// - Parameters:
  ///   - steps: that the job replayed, to their end.
  ///   - recorded: opens the steps as they were recorded, from the first; nil where they can be read only once.
  public func routerResults(
    _ steps: RouterSteps, recorded: (() throws -> any StepSource)?
  ) throws -> [RouterResult] {
    let before = try recorded.map { open in
      try ReplayJob(
        on: settings, baseline: policies[0], policies: [], seed: seed, threads: threads, repeats: repeats,
        open: open
      ).runOnAll(open()).results.map {
        RouterResult.Before(peakToAverage: $0.policies[0].imbalance.peakToAverage, total: $0.policies[0].time.total)
      }
    }
    let removed = steps.removedExperts
    return settings.indices.map {
      RouterResult(rewrites: steps.tallies, removedExperts: removed > 0 ? removed : nil, before: before?[$0])
    }
  }
}
