import RoutingTrace

/// What one step, or one layer of it, came to under one policy on one machine.
public struct StepResult: Sendable {
  public var cluster: ReplayResult.Cluster
  /// The step's number in the trace.
  public var step: Int
  public var phase: Phase?
  public var tokens: Double
  /// The layer's number in the model; nil for all layers together.
  public var layer: Int?
  /// As if the replay had this step, or this layer of it, alone. Improvements are over the baseline's same step.
  ///
  /// Sections that are of a replay as a whole say nothing of a step: prediction errors, regret, the steady state and its
  /// like are absent, and `memory` is that of the placement after the steps that were replayed together.
  public var policy: PolicyResult
}

/// Is told what single steps came to: in the order of steps, then of machines, policies and layers, each once.
public struct StepObserver {
  /// Whether a step is told layer by layer instead. Moves, waits for them, and end-to-end figures are of no layer.
  let isByLayer: Bool
  let observe: (StepResult) throws -> Void

  public init(byLayer isByLayer: Bool = false, observe: @escaping (StepResult) throws -> Void) {
    self.isByLayer = isByLayer
    self.observe = observe
  }
}
