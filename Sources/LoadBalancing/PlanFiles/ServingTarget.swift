import Diagnostics

/// What a serving system can express of a plan, and how it serves one.
public struct ServingTarget: Sendable {
  public var name: String
  /// Whether an expert's replicas may take unequal parts of its tokens, and be chosen by what ranks have to do.
  public var hasFreeShares: Bool
  /// Whether a rank may hold an expert twice.
  public var allowsDuplicates: Bool
  /// Whether layers may differ in their slots.
  public var allowsBudgets: Bool
  /// The rule that chooses among replicas unless the system is told otherwise: its name in `DispatchRules`, and the rule.
  public var replicaRule: String
  public var dispatch: DispatchRecipe
  /// Names in `PlanFormats` of the files that it loads.
  public var formats: [String]

  /// - Parameters:
  ///   - replicaRule: as `DispatchRules` calls `dispatch`.
  ///   - formats: names in `PlanFormats`.
  public init(
    _ name: String, hasFreeShares: Bool, allowsDuplicates: Bool, allowsBudgets: Bool, replicaRule: String,
    dispatch: @escaping DispatchRecipe, formats: [String]
  ) {
    self.name = name
    self.hasFreeShares = hasFreeShares
    self.allowsDuplicates = allowsDuplicates
    self.allowsBudgets = allowsBudgets
    self.replicaRule = replicaRule
    self.dispatch = dispatch
    self.formats = formats
  }

  /// Whatever can be replayed: served by the plan's own shares.
  public static let any = ServingTarget(
    "any", hasFreeShares: true, allowsDuplicates: true, allowsBudgets: true, replicaRule: "weighted",
    dispatch: WeightedDispatch.init, formats: ["json"])

  /// The system that a format is written for: the first that loads it.
  ///
  /// - Throws: `InputError` (usage) for a format that none loads.
  public static func loading(_ format: String) throws(InputError) -> ServingTarget {
    if let entry = registry.entries.first(where: { $0.item.formats.contains(format) }) { return entry.item }
    _ = try PlanFormats.registry.named(format, option: "--to")
    throw InputError("no target loads '\(format)'", in: "--to", status: .usage)
  }

  private static func even(
    _ name: String, duplicates: Bool = true, by rule: String, _ dispatch: @escaping DispatchRecipe,
    formats: [String] = []
  ) -> ServingTarget {
    ServingTarget(
      name, hasFreeShares: false, allowsDuplicates: duplicates, allowsBudgets: false, replicaRule: rule,
      dispatch: dispatch, formats: formats)
  }

  /// Rules are those of `DispatchRules`, whose documentation cites the systems' code; SGLang's server_args.py sets
  /// `static` wherever a plan is given. vLLM takes no file, and what its balancer holds are DeepSeek's arrays, which say
  /// nothing of who serves them: they are taken to be split evenly.
  public static let registry = Registry<ServingTarget>(
    "target",
    [
      .init("any", "whatever can be replayed", .any),
      .init("even", "even shares", even("even", by: "even", EvenDispatch.init, formats: ["deepseek-eplb"])),
      .init(
        "sglang", "even shares",
        even("sglang", by: "sglang-static", { SGLangStaticDispatch() }, formats: ["sglang"])),
      .init("vllm", "even shares", even("vllm", by: "vllm", VLLMDispatch.init, formats: ["deepseek-eplb"])),
      .init("atom", "even shares", even("atom", by: "atom", ATOMDispatch.init)),
      .init(
        "tensorrt-llm", "even shares",
        even("tensorrt-llm", by: "tensorrt", { TensorRTDispatch() }, formats: ["tensorrt-llm"])),
      .init(
        "vllm-ascend", "even shares, no expert twice on a rank",
        even(
          "vllm-ascend", duplicates: false, by: "ascend-fixed", { AscendFixedDispatch() }, formats: ["vllm-ascend"])),
    ])

  /// Why the target cannot serve what a policy plans for it; nil where it can.
  public func objection(to policy: BalancingPolicy) -> String? {
    if !hasFreeShares, !policy.makeDispatch().splitsAsPlanned { return "splits an expert's tokens evenly" }
    if !allowsBudgets, policy.planner.liberties.contains(.budgets) { return "has as many slots in every layer" }
    return nil
  }

  /// The rule as it is for recordings of tokens, or of loads alone: an even split where it goes by the order of a token's
  /// experts, which loads do not have.
  package func replicaRule(knowsTokens: Bool) -> (name: String, dispatch: DispatchRecipe) {
    knowsTokens || !dispatch().needsRouterOrder ? (replicaRule, dispatch) : ("even", EvenDispatch.init)
  }

  /// What of a placement the target cannot express; nil where it can.
  ///
  /// - Parameter numbers: `[layers]` of the layers in the model.
  package func objection(to plan: Placement, numbers: [Int]) -> InputError? {
    for (layer, number) in zip(plan.layers, numbers) {
      let place = InputError.Place(layer: number)
      if !hasFreeShares, layer.hasUnequalShares {
        let message = "unequal shares, which \(name) drops: it splits an expert's tokens evenly"
        return InputError(message, at: place, status: .usage)
      }
      if !allowsDuplicates, let slot = layer.firstDouble {
        let message = "expert \(layer.physicalToLogical[slot]) twice on rank \(layer.rank(ofSlot: slot))"
        return InputError("\(message), which \(name) does not allow", at: place, status: .usage)
      }
      if !allowsBudgets, layer.slots != plan.layers[0].slots {
        let message = "\(layer.slots) slots, but \(name) wants \(plan.layers[0].slots) as in the first layer"
        return InputError(message, at: place, status: .usage)
      }
    }
    return nil
  }
}

extension ServingTarget: Equatable {
  public static func == (left: ServingTarget, right: ServingTarget) -> Bool {
    left.name == right.name && left.hasFreeShares == right.hasFreeShares
      && left.allowsDuplicates == right.allowsDuplicates && left.allowsBudgets == right.allowsBudgets
      && left.replicaRule == right.replicaRule && left.formats == right.formats
  }
}
