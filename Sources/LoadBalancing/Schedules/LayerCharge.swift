import Diagnostics

/// What every layer waits for when it is planned after the gate: microseconds of `sync` and `plan`, and fetching weights as
/// far as nothing hides it.
public struct LayerCharge: Equatable, Sendable {
  /// What fetches run beside.
  public enum Cover: String, CaseIterable, Sendable {
    case nothing
    /// The shared experts' kernels on a rank's own tokens.
    case sharedExpert = "shared-expert"
    /// The layer's dispatch.
    case dispatch
  }

  /// Making the plan.
  public var planMicroseconds: Double
  /// Telling all ranks what each one's tokens chose.
  public var syncMicroseconds: Double
  public var hiddenBehind: Cover

  public init(planMicroseconds: Double, syncMicroseconds: Double, hiddenBehind: Cover = .nothing) {
    self.planMicroseconds = planMicroseconds
    self.syncMicroseconds = syncMicroseconds
    self.hiddenBehind = hiddenBehind
  }

  /// Keys `plan`, `sync` and `hiddenBehind` of a schedule; nothing hides fetches without the last.
  init(settings: Settings) throws(InputError) {
    planMicroseconds = try settings.duration("plan")
    syncMicroseconds = try settings.duration("sync")
    hiddenBehind = .nothing
    guard settings.contains("hiddenBehind") else { return }
    let cover = try settings.choice("hiddenBehind", of: Cover.allCases.map(\.rawValue))
    hiddenBehind = Cover(rawValue: cover) ?? .nothing
  }

  /// Microseconds that a layer waits.
  ///
  /// - Parameters:
  ///   - fetch: that weights take to arrive.
  ///   - cover: of what they run beside.
  public func time(fetch: Double, cover: Double) -> Double {
    syncMicroseconds + planMicroseconds + max(0, fetch - cover)
  }
}
