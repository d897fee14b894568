/// Bytes of a GPU's memory that serving a model takes on one rank, as far as the model's file tells.
///
/// All MoE layers of the model count, whatever layers a trace holds. Attention runs data-parallel, so that every rank
/// has all of its weights, and its own tokens' keys and values:
///
///     experts  = MoE layers · slots per rank · expert bytes
///     shared   = MoE layers · shared experts · expert bytes
///     attention = layers · attention parameters · bytes
///     dense    = (layers − MoE layers) · 3 · hidden · dense intermediate · bytes
///     kept     = tokens kept · layers · kept values · 2
///
/// with the bytes of `ModelShape.weightsOutsideExperts`; parameters and kept values are `AttentionShape`'s. Embeddings,
/// output head, routers, norms, activations and communication buffers are not counted: what does not fit here does not
/// fit.
public struct MemoryAccount: Equatable, Sendable {
  /// Routed experts, replicas included.
  public var experts: Double
  public var sharedExperts: Double
  /// Nil when the model's file does not describe its attention.
  public var attention: Double?
  /// Feed-forward parts of the layers that are not MoE; nil when the model has some and its file does not say how wide.
  public var dense: Double?
  /// Keys and values of the tokens kept; nil when that is not known.
  public var keysAndValues: Double?

  /// - Parameters:
  ///   - slotsPerRank: expert slots on a rank in a layer, mean over layers.
  ///   - keptTokens: tokens whose keys and values a rank keeps; nil when that is not known.
  public init(model: ModelShape, slotsPerRank: Double, keptTokens: Double? = nil) {
    let outside = model.weightsOutsideExperts.bytes
    let denseLayers = Double(model.layers - model.moeLayers)
    let expertsOfASlot = Double(model.moeLayers) * model.expertBytes
    experts = slotsPerRank * expertsOfASlot
    sharedExperts = Double(model.sharedExperts) * expertsOfASlot
    attention = model.attention.map { Double(model.layers) * $0.parameters(hidden: model.hidden) * outside }
    dense =
      denseLayers == 0
      ? 0 : model.denseIntermediate.map { denseLayers * 3 * Double(model.hidden) * Double($0) * outside }
    keysAndValues = keptTokens.flatMap { tokens in
      model.attention.map { tokens * Double(model.layers) * $0.keptValues * 2 }
    }
  }

  /// All that is counted.
  public var total: Double { experts + sharedExperts + (attention ?? 0) + (dense ?? 0) + (keysAndValues ?? 0) }

  /// What is counted, by name; parts that take nothing are left out.
  public var parts: [(name: String, bytes: Double)] {
    [
      ("experts", experts), ("shared experts", sharedExperts), ("attention", attention ?? 0),
      ("dense layers", dense ?? 0), ("keys and values", keysAndValues ?? 0),
    ].filter { $0.1 > 0 }
  }

  /// Weights that the model has and its file does not describe.
  public var unknown: [String] {
    (attention == nil ? ["attention"] : []) + (dense == nil ? ["dense layers"] : [])
  }
}
