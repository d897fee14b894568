import ArgumentParser
import ExpertReplay

/// Whether the router is another one than the recorded.
struct RouterOptions: ParsableArguments {
  @Option(
    help: """
      What another router would have done, such as capacity:factor=1.25: \(RouterRewrites.registry.list). Can be given \
      several times, in order.
      """, completion: .names(of: RouterRewrites.registry))
  var router: [String] = []

  var recipes: [RouterRecipe] {
    get throws { try router.map { text throws(InputError) in try RouterRecipe(text) } }
  }

  /// The steps of a source under the router that was asked for; nil where none was.
  func rewritten(_ source: any StepSource) throws -> RouterSteps? {
    let recipes = try recipes
    return recipes.isEmpty ? nil : try RouterSteps(recipes, of: source)
  }
}

extension RouterSteps {
  /// A line for each rewrite.
  var remarks: [String] { tallies.map(\.sentence) }
}
