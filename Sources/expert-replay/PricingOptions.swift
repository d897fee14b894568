import ArgumentParser
import ExpertReplay

/// How communication is priced, for commands that price by any model.
struct PricingOptions: ParsableArguments {
  @Option(
    help: "The communication model, instead of the cluster's: \(AllToAllModels.registry.list).",
    completion: .names(of: AllToAllModels.registry))
  var allToAll: String?
}
