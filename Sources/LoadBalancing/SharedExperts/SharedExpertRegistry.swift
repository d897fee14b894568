import Diagnostics

/// The rules for shared experts that a policy file can name.
public enum SharedExpertRules {
  /// Makes the scratch space of one thread.
  public typealias MakeRule = @Sendable () -> any SharedExpertRule

  public static let registry = Registry<MakeRule>(
    "rule for shared experts",
    [
      .init("home", "on the rank that a token starts on") { HomeSharedExpert() },
      .init("follow", "on the rank of a token's first expert") { FollowSharedExpert() },
      .init("waterfill", "SGLang's: drawn by what ranks' loads lack of the level") { WaterfillSharedExpert() },
      .init("static", "SGLang's with what a rank knows of its own tokens alone") { StaticSharedExpert() },
    ])
}
