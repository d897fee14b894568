/// What a conversion was asked for beside its sources; importers refuse what they cannot honour.
public struct ImportOptions: Sendable {
  /// Positions of the MoE layers among the recorded ones; their numbers are kept. All when nil.
  public var layers: [Int]?
  /// Experts per layer, where the recording does not say.
  public var experts: Int?
  /// Experts per token, where the recording does not say.
  public var topK: Int?
  /// Layers of each token, where a recording of raw numbers does not say.
  public var recordedLayers: Int?
  /// Name of the model that routed, as in `models/`.
  public var model: String?
  public var licence: String?

  public init(
    layers: [Int]? = nil, experts: Int? = nil, topK: Int? = nil, recordedLayers: Int? = nil, model: String? = nil,
    licence: String? = nil
  ) {
    self.recordedLayers = recordedLayers
    self.layers = layers
    self.experts = experts
    self.topK = topK
    self.model = model
    self.licence = licence
  }
}
