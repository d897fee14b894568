import RoutingTrace

/// In how many steps of a trace something is recorded beside the routing; absent where in none.
public struct StepParts: Codable, Equatable, Sendable {
  public var tokenIDs: Int?
  public var sequences: Int?
  public var weights: Int?
  public var sources: Int?
  /// Stated by the step or for the whole trace.
  public var phase: Int?

  public init() {}

  mutating func add(_ step: RoutingStep, header: TraceHeader) {
    func count(_ number: inout Int?, _ isThere: Bool) { if isThere { number = (number ?? 0) + 1 } }
    count(&tokenIDs, step.tokenIDs != nil)
    count(&sequences, step.sequences != nil)
    count(&weights, step.weights != nil)
    count(&sources, step.sources != nil)
    count(&phase, (step.phase ?? header.phase) != nil)
  }

  /// Names and numbers, in the order of `convert --without`.
  public var entries: [(name: String, steps: Int?)] {
    [
      ("token ids", tokenIDs), ("sequences", sequences), ("weights", weights), ("sources", sources), ("phase", phase),
    ]
  }
}
