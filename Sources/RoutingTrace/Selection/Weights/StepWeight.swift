import Diagnostics

/// How likely a step is to be drawn, compared with others.
package protocol StepWeight: Sendable {
  /// Whether it is the same for every step, so that none needs to be read.
  var isConstant: Bool { get }
  /// Above 0.
  func weight(of step: RoutingStep, header: TraceHeader) -> Double
}

extension StepWeight {
  package var isConstant: Bool { false }
}

/// The weights that steps can be drawn by.
public enum StepWeights {
  package static let registry = Registry<any StepWeight>(
    "weight",
    [
      .init("uniform", "every step as likely as any", UniformWeight()),
      .init("imbalance", "by the largest over the mean load of its experts, mean over layers", ImbalanceWeight()),
      .init("tokens", "by its tokens", TokensWeight()),
    ])

  public static var names: [String] { registry.names }
}
