import Diagnostics

/// How a policy serves the shared experts, as its file says:
///
///     sharedExpert: waterfill
///     sharedExpert: {kind: waterfill, overheadMicroseconds: 20}
public struct SharedExpertRecipe: Sendable {
  /// A name in `SharedExpertRules.registry`.
  public let name: String
  /// What it takes to add up the load of all ranks, per step and layer.
  public let overheadMicroseconds: Double
  private let maker: SharedExpertRules.MakeRule

  /// What models with shared experts that follow their tokens have, without a policy's word.
  package static let follow = SharedExpertRecipe(name: "follow") { FollowSharedExpert() }

  private init(name: String, maker: @escaping SharedExpertRules.MakeRule) {
    self.name = name
    overheadMicroseconds = 0
    self.maker = maker
  }

  /// - Throws: `InputError` (usage) for an unknown name, or an overhead of a rule that asks nobody.
  public init(_ name: String, overheadMicroseconds: Double = 0) throws(InputError) {
    maker = try SharedExpertRules.registry.named(name, option: "sharedExpert")
    self.name = name
    self.overheadMicroseconds = overheadMicroseconds
    guard overheadMicroseconds == 0 || maker().asksAllRanks else {
      throw InputError("no ranks are asked with \(name)", in: "overheadMicroseconds", status: .usage)
    }
  }

  /// A word or a section; nil when the key is absent.
  init?(settings: Settings, key: String) throws(InputError) {
    guard settings.contains(key) else { return nil }
    guard settings.isSection(key) else {
      try self.init(settings.choice(key, of: SharedExpertRules.registry.names))
      return
    }
    let section = try settings.section(key)
    let name = try section.choice("kind", of: SharedExpertRules.registry.names)
    let overhead = try section.optionalNumber("overheadMicroseconds", in: 0...1e9) ?? 0
    try section.rejectUnknownKeys()
    do throws(InputError) {
      try self.init(name, overheadMicroseconds: overhead)
    } catch {
      throw section.error(error.message, at: "overheadMicroseconds")
    }
  }

  /// Scratch space of one thread.
  public func make() -> any SharedExpertRule { maker() }
}
