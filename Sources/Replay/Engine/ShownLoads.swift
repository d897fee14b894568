import Diagnostics
import LoadBalancing
import RoutingTrace

/// The earlier loads that a policy's dispatch rule goes by.
struct ShownLoads {
  private let kind: ShownLoad
  private let experts: Int
  private let layers: Int
  /// The last step that is over, if the rule goes by it.
  private var last: RoutingStep?
  /// What was expected when a plan was last due, if the rule goes by it.
  private var prediction: ExpertLoad?

  /// - Throws: `InputError` (usage) if the rule goes by what the trace does not have.
  init(_ policy: BalancingPolicy, header: TraceHeader) throws(InputError) {
    let dispatch = policy.makeDispatch()
    guard header.content == .tokens || !dispatch.needsRouterOrder else {
      throw InputError(
        "its dispatch rule goes by an expert's place in a token's top-k, but trace '\(header.name)' holds counts; "
          + "'even' is what it comes to if places are random",
        in: "policy \(policy.name)", status: .usage)
    }
    kind = dispatch.shownLoad
    experts = header.experts
    layers = header.layers
  }

  /// Takes in a step that is over.
  mutating func observe(_ step: RoutingStep) {
    if kind == .lastStep { last = step }
  }

  /// Takes in what is expected where a plan is due.
  mutating func predicted(_ load: ExpertLoad) {
    if kind == .prediction { prediction = load }
  }

  /// `[experts]` what the rule is shown before a step of a batch; nil for nothing.
  func load(ofLayer layer: Int, step: Int, in batch: StepBatch) -> [Double]? {
    switch kind {
    case .none: nil
    case .prediction: prediction.map { Array($0[layer]) }
    case .lastStep:
      (step > 0 ? batch.steps[step - 1].routing : last).map { $0.load(ofLayer: layer, of: layers, experts: experts) }
    }
  }
}
