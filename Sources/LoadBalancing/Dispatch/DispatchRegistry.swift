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
      .init(
        "optimal", "the split that minimises the most loaded rank, then few copies", make: OptimalDispatch.recipe),
      .init(
        "activated", "METRO's: one replica for each expert, so that the rank with the most experts to read has few",
        make: ActivatedDispatch.recipe),
      .init("lp", "SGLang's lp: drawn by the shares that minimise the most loaded rank", make: LPDispatch.recipe),
      .init("vllm", "vLLM's: the visit's number on its source mod replicas") { _ in VLLMDispatch.init },
      .init("vllm-hashed", "vLLM's fused kernel: a hash of the token's number mod replicas") { _ in
        VLLMHashedDispatch.init
      },
      .init(
        "tensorrt", "TensorRT-LLM's: in turn on each source, from another replica in each block and rank",
        make: TensorRTDispatch.recipe),
      .init("ascend-fixed", "vllm-ascend's: one replica for each source", make: AscendFixedDispatch.recipe),
      .init("ascend-periodic", "vllm-ascend's newer: the token's number and rank and expert mod replicas") { _ in
        AscendPeriodicDispatch.init
      },
      .init("atom", "ATOM's: the source's own replica, else as vllm-hashed") { _ in ATOMDispatch.init },
      .init(
        "sglang-static", "SGLang's: one replica for each source, on its rank or node if there is one",
        make: SGLangStaticDispatch.recipe),
      .init("planned", "where an exact planner has each source's visits") { _ in PlannedDispatch.init },
      .init("sglang-dynamic", "SGLang's: drawn anew for every visit", make: SGLangDynamicDispatch.recipe),
    ])

  static func recipe(_ settings: Settings) throws(InputError) -> DispatchRecipe {
    let recipe = try settings.choice("kind", of: registry)(settings)
    try settings.rejectUnknownKeys()
    return recipe
  }
}
