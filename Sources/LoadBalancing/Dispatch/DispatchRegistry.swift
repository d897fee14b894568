import Diagnostics

/// Makes the scratch space of one thread that chooses replicas.
typealias DispatchRecipe = @Sendable () -> any ReplicaDispatch

/// The dispatch rules that a policy can name.
enum DispatchRegistry {
  private static let kinds: [String: @Sendable (Settings) throws(InputError) -> DispatchRecipe] = [
    "even": { (_: Settings) throws(InputError) -> DispatchRecipe in EvenDispatch.recipe },
    "nearest": { (_: Settings) throws(InputError) -> DispatchRecipe in NearestDispatch.recipe },
    "weighted": { (_: Settings) throws(InputError) -> DispatchRecipe in WeightedDispatch.recipe },
    "waterfill": { (_: Settings) throws(InputError) -> DispatchRecipe in WaterfillDispatch.recipe },
    "optimal": { (_: Settings) throws(InputError) -> DispatchRecipe in OptimalDispatch.recipe },
  ]

  static func recipe(_ settings: Settings) throws(InputError) -> DispatchRecipe {
    guard let read = kinds[try settings.choice("kind", of: kinds.keys)] else {
      preconditionFailure("a choice is one of the registry's keys")
    }
    let recipe = try read(settings)
    try settings.rejectUnknownKeys()
    return recipe
  }
}
