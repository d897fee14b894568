import Diagnostics

/// Makes the scratch space of one thread that chooses replicas, such as `EvenDispatch.init`.
public typealias DispatchRecipe = @Sendable () -> any ReplicaDispatch

/// The dispatch rules that a policy file can name, each with how it is read from its section.
public enum DispatchRules {
  public static let registry = Registry<Maker<Settings, DispatchRecipe>>(
    "dispatch rule",
    [
      .init("even", "an expert's replicas take turns") { _ in EvenDispatch.init },
      .init("nearest", "the replicas on the token's rank, else on its node, else all take turns") { _ in
        NearestDispatch.init
      },
      .init("weighted", "the replica furthest behind its share of the plan") { _ in WeightedDispatch.init },
      .init("waterfill", "the replica on the rank with the fewest tokens so far") { _ in WaterfillDispatch.init },
      .init("optimal", "the split that minimises the most loaded rank, then few copies") { _ in OptimalDispatch.init },
    ])

  static func recipe(_ settings: Settings) throws(InputError) -> DispatchRecipe {
    let recipe = try settings.choice("kind", of: registry)(settings)
    try settings.rejectUnknownKeys()
    return recipe
  }
}
