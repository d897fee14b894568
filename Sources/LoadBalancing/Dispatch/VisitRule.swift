/// What a server knows of one visit when it chooses the replica.
struct Visit {
  let expert: Int
  /// The rank that the token starts on.
  let source: Int
  /// The token's number among those of its source in this step, from 0.
  let token: Int
  /// The visit's number among those of its source: token · topK + the expert's place in the token's top-k.
  let number: Int
}

/// A rule that chooses by the visit alone, and by what it keeps of the layer, as a server's rank does for its tokens
/// without asking the others.
protocol VisitRule {
  /// Before the visits of a layer of a step.
  mutating func begin(_ context: DispatchContext)

  /// Which of the expert's replicas, in the order of their slots, takes the visit; not asked for an expert with one.
  ///
  /// - Parameter replicas: of the expert, 2 or more.
  mutating func replica(for visit: Visit, of replicas: Int) -> Int
}

extension VisitRule {
  mutating func begin(_ context: DispatchContext) {}
}
