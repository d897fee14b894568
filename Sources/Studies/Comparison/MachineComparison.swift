import Replay

/// Communication time of two traces under the same policies on the same machine.
public struct MachineComparison: Codable, Equatable, Sendable {
  public struct Policy: Codable, Equatable, Sendable {
    public var name: String
    /// Microseconds per token and layer.
    public var trace: Double
    public var reference: Double
    /// Improvement over the first policy; absent for it.
    public var improvement: Double?
    public var referenceImprovement: Double?
  }

  public var cluster: String
  public var ranks: Int
  public var model: String
  public var policies: [Policy]

  /// - Parameters:
  ///   - result: of some policies on a machine.
  ///   - other: of the same on the same.
  public init(trace result: ReplayResult, reference other: ReplayResult) {
    cluster = result.cluster.name
    ranks = result.cluster.ranks
    model = result.model.name
    policies = zip(result.policies, other.policies).enumerated().map { index, pair in
      Policy(
        name: pair.0.name, trace: pair.0.time.comm / Double(result.trace.tokens * result.trace.layers),
        reference: pair.1.time.comm / Double(other.trace.tokens * other.trace.layers),
        improvement: index == 0 ? nil : pair.0.improvement.comm,
        referenceImprovement: index == 0 ? nil : pair.1.improvement.comm)
    }
  }
}
