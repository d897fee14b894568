/// What plans may have that not every serving system can express.
public struct PlanLiberties: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// An expert twice on a rank, where slots are redundant.
  public static let doubles = PlanLiberties(rawValue: 1)
  /// Layers that differ in their slots.
  public static let budgets = PlanLiberties(rawValue: 2)
}
