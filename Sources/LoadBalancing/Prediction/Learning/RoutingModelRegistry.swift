import Diagnostics

/// How to make a routing model for a trace.
public struct RoutingModelRecipe: Sendable {
  /// Experts of a layer beyond which its tables would not fit.
  public var maximumExperts: Int
  /// Makes a model for `(layers, experts)`.
  public var make: @Sendable (_ layers: Int, _ experts: Int) -> any RoutingModel

  public init(
    maximumExperts: Int = .max, make: @escaping @Sendable (_ layers: Int, _ experts: Int) -> any RoutingModel
  ) {
    self.maximumExperts = maximumExperts
    self.make = make
  }
}

/// What a learned predictor can go by, as `given` names it.
public enum RoutingModels {
  public static let frequency = RoutingModelRecipe { FrequencyModel(layers: $0, experts: $1) }
  public static let previousLayer = RoutingModelRecipe(maximumExperts: Coactivation.maximumExperts) {
    PreviousLayerModel(layers: $0, experts: $1)
  }
  public static let tokenID = RoutingModelRecipe { TokenIDModel(layers: $0, experts: $1) }

  public static let registry = Registry<RoutingModelRecipe>(
    "routing model",
    [
      .init("nothing", "how often each expert is chosen", frequency),
      .init("previous-layer", "the token's experts in the layer before", previousLayer),
      .init("token-id", "the token's vocabulary id", tokenID),
    ])
}
