/// Which kernels compute a model's shared experts, and where a token's visit to them is: `sharedExpertFusion` in its file.
///
/// Fused, every token has n visits more, to n experts more that every rank has: grouped kernels are told of k + n visits
/// and E + n experts, choose their tile by these, and are launched once. Apart, the n shared experts are one dense
/// feed-forward part, n times as wide, with a launch of its own; it sorts, permutes and sums up nothing.
///
/// A model that does not say has them in the routed experts' kernels, whose tile goes by the routed experts alone: the
/// error of the time is then what `validation/` tells.
///
/// Source: `num_fused_shared_experts` of SGLang and vLLM, which append the shared experts' ids to the router's choice.
public enum SharedExpertFusion: String, CaseIterable, Sendable {
  /// Fused, on the rank that the token starts on.
  case home
  /// Fused, on the rank of the token's first expert.
  case follow
  /// By kernels of their own, on the rank that the token starts on, before the routed experts.
  case apart
  /// The same while tokens are dispatched, so that only what takes longer than dispatch is waited for.
  case besideDispatch = "beside-dispatch"

  /// Whether the routed experts' kernels are told of them.
  public var isFused: Bool { self == .home || self == .follow }
}

extension ModelShape {
  /// Experts of every token that grouped kernels are told of beside the router's.
  var fusedExperts: Int { sharedExpertFusion?.isFused == true ? sharedExperts : 0 }
}
