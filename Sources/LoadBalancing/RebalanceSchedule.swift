import Diagnostics

/// When a policy plans anew, and whether the moves stop the model.
public struct RebalanceSchedule: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    /// The static placement to the end.
    case never
    /// One plan, in force from the first step, as deployed with it.
    case initial
    /// One plan after this many steps.
    case once(at: Int)
    /// A plan every so many steps, first after `from` steps.
    case every(steps: Int, from: Int)
  }

  public enum Migration: String, CaseIterable, Sendable {
    /// Experts move while the model waits.
    case blocking
    /// Experts move behind the layers' time; only what does not fit is paid for.
    case overlapped
  }

  public var kind: Kind
  public var migration: Migration

  public init(_ kind: Kind, migration: Migration = .blocking) {
    self.kind = kind
    self.migration = migration
  }

  /// One line per kind: how it is read from its section.
  private static let registry: [String: @Sendable (Settings) throws(InputError) -> Kind] = [
    "never": { (_: Settings) throws(InputError) -> Kind in .never },
    "initial": { (_: Settings) throws(InputError) -> Kind in .initial },
    "once": { (settings: Settings) throws(InputError) -> Kind in .once(at: try settings.integer("at", in: steps)) },
    "every": { (settings: Settings) throws(InputError) -> Kind in try every(settings) },
  ]

  private static let steps = 1...1_000_000_000

  private static func every(_ settings: Settings) throws(InputError) -> Kind {
    let interval = try settings.integer("steps", in: steps)
    return .every(steps: interval, from: try settings.optionalInteger("from", in: 0...steps.upperBound) ?? interval)
  }

  public init(settings: Settings) throws(InputError) {
    guard let read = Self.registry[try settings.choice("kind", of: Self.registry.keys)] else {
      preconditionFailure("a choice is one of the registry's keys")
    }
    kind = try read(settings)
    migration = .blocking
    if settings.contains("migration") {
      let name = try settings.choice("migration", of: Migration.allCases.map(\.rawValue))
      migration = Migration(rawValue: name) ?? .blocking
    }
    try settings.rejectUnknownKeys()
  }

  /// Whether a plan is due when `over` steps are over; 0 is before the first.
  public func isDue(afterStep over: Int) -> Bool {
    switch kind {
    case .never: false
    case .initial: over == 0
    case .once(let at): over == at
    case .every(let steps, let from): over >= from && (over - from) % steps == 0
    }
  }

  /// Steps over at the first plan later than `over`, nil if there is none: how far a plan made at `over` has to reach.
  public func nextDue(afterStep over: Int) -> Int? {
    switch kind {
    case .never, .initial: nil
    case .once(let at): over < at ? at : nil
    case .every(let steps, let from): over < from ? from : from + ((over - from) / steps + 1) * steps
    }
  }

  /// Whether a plan is due before any step is over.
  public var startsAtOnce: Bool { isDue(afterStep: 0) }
}
