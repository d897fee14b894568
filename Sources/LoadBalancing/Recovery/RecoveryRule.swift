import Diagnostics

/// What a server does with its placement when ranks have failed: a function of what it can know, the same on every rank.
public protocol RecoveryRule: Sendable {
  /// Whether what stays stays in its slot, so that ranks must not be given other names. False unless stated.
  var keepsSlots: Bool { get }

  /// - Parameters:
  ///   - placement: in force when they failed, over all ranks.
  ///   - failed: ranks.
  ///   - load: `[layers][experts]` tokens that are expected.
  ///   - shape: of `placement`, all ranks; its slots are those of each layer.
  /// - Returns: `[layers]`.
  /// - Throws: `InputError` (usage) if the slots of the ranks alive cannot hold all experts.
  func recovered(
    from placement: Placement, without failed: FailedRanks, load: ExpertLoad, shape: PlacementShape
  ) throws(InputError) -> [RecoveredLayer]
}

extension RecoveryRule {
  public var keepsSlots: Bool { false }
}

/// The rules of recovery, by the name of each.
public enum Recoveries {
  public static let registry = Registry<any RecoveryRule>(
    "recovery rule",
    [
      .init("replan", "SGLang's: EPLB's global plan over the ranks alive", ReplanRecovery()),
      .init("patch", "vLLM's: lost experts alone, in slots of replicas", PatchRecovery()),
    ])
}
