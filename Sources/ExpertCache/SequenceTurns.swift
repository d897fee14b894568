/// Whether steps go on with sequences of the step before, for rules that go by what a sequence visited.
public struct SequenceTurns: Sendable {
  private var last: Set<UInt32> = []
  /// False once a step did not say which sequence its tokens are of: they count as one.
  public private(set) var areTold = true

  public init() {}

  /// Takes in the next step.
  ///
  /// - Parameter sequences: `[tokens]`; nil where that is not known.
  /// - Returns: whether none of its tokens follows one of the step before.
  public mutating func begin(_ sequences: [UInt32]?) -> Bool {
    if sequences == nil { areTold = false }
    let now = Set(sequences ?? [0])
    defer { last = now }
    return last.isDisjoint(with: now)
  }
}
