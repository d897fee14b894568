/// The shares that would minimise the most loaded rank under an earlier load, dealt out smoothly: `optimal` with
/// `from: last` or `prediction`.
///
/// As SGLang's `lp` with static shares: nothing is solved while tokens wait. Equal shares until a load is known.
///
/// - Complexity: that of `MinMaxAssignment` and of `WeightedDispatch`.
public struct StaleOptimalDispatch: ReplicaDispatch {
  public let origin: LoadOrigin
  private var weighted = WeightedDispatch()

  /// - Parameter origin: not the step itself, for which there is `OptimalDispatch`.
  public init(from origin: LoadOrigin) {
    precondition(origin != .step)
    self.origin = origin
  }

  public mutating func assign(
    experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
  ) {
    weighted.assign(experts: experts, in: context.placement, shares: context.sharesOfShownLoad, into: &slots)
  }

  public var dependsOnSource: Bool { false }
  public var shownLoad: ShownLoad { origin.shownLoad }

  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.sharesOfShownLoad
  }
}
