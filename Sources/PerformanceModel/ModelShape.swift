import Diagnostics

/// A number format of weights or activations.
public enum DataType: String, CaseIterable, Sendable {
  case bf16, fp16, fp8
  /// 4-bit elements with one fp8 scale per 16.
  case nvfp4
  /// 4-bit elements with one 8-bit scale per 32.
  case mxfp4

  /// Bytes of one value, with the scales that the format itself prescribes.
  public var bytes: Double {
    switch self {
    case .bf16, .fp16: 2
    case .fp8: 1
    case .nvfp4: 0.5 + 1.0 / 16
    case .mxfp4: 0.5 + 1.0 / 32
    }
  }
}

/// The sizes of a Mixture-of-Experts model that decide what it sends and computes.
public struct ModelShape: Hashable, Sendable {
  /// Routed experts of a layer.
  package static let maximumExperts = 65_536
  package static let maximumLayers = 65_536
  package static let maximumTopK = 1024
  /// Width of the hidden state, and of an expert.
  package static let maximumWidth = 1 << 20

  public var name: String
  /// Transformer layers, dense ones included.
  public var layers: Int
  /// Whether it has as many layers as its trace, all of them MoE; `layers` is then the most that a trace can have.
  public private(set) var takesAnyLayers = false
  public var moeLayers: Int
  /// The first MoE layer, counted from 0, dense ones included; nil when the file does not say and has dense layers.
  public var firstMoELayer: Int?
  /// Layers from one MoE layer to the next.
  public var moeLayerInterval = 1
  /// Routed experts per MoE layer.
  public var experts: Int
  public var sharedExperts: Int
  /// Which kernels compute these, and where; nil when the file does not say.
  public var sharedExpertFusion: SharedExpertFusion?
  public var topK: Int
  /// Expert groups of a group-limited router; 1 when it has none.
  public var groups: Int
  /// Groups that one token's experts may come from.
  public var groupsPerToken: Int
  public var hidden: Int
  public var expertIntermediate: Int
  /// Format of the experts' weights.
  public var weights: DataType
  /// What kernels compute the experts with; nil takes the first that there are figures for of what fits the weights.
  public var expertFormat: ExpertFormat?
  /// What one copy of a token weighs on the wire.
  public var payload: Payload
  /// Types of the activations that dispatch and combine send, combine's nil when there is none; nil for a payload of bytes.
  public var sent: SentTypes?
  /// Nil when the file does not describe it; end-to-end figures then do not apply.
  public var attention: AttentionShape?
  /// Width of the feed-forward part of layers that are not MoE; nil when the file does not say.
  public var denseIntermediate: Int?

  public init(
    name: String, layers: Int, moeLayers: Int, experts: Int, sharedExperts: Int = 0, topK: Int, groups: Int = 1,
    groupsPerToken: Int = 1, hidden: Int, expertIntermediate: Int, weights: DataType, payload: Payload
  ) {
    self.name = name
    self.layers = layers
    self.moeLayers = moeLayers
    firstMoELayer = moeLayers == layers ? 0 : nil
    self.experts = experts
    self.sharedExperts = sharedExperts
    self.topK = topK
    self.groups = groups
    self.groupsPerToken = groupsPerToken
    self.hidden = hidden
    self.expertIntermediate = expertIntermediate
    self.weights = weights
    self.payload = payload
  }

  /// The numbers of the MoE layers, ascending; nil when the file does not tell which layers are dense.
  public var moeLayerNumbers: [Int]? {
    firstMoELayer.map { first in (0..<moeLayers).map { first + $0 * moeLayerInterval } }
  }

  /// The same with the layers of a trace, where it takes any number of them.
  ///
  /// - Parameter numbers: of the trace's layers, ascending.
  public func fitted(toLayers numbers: [Int]) -> ModelShape {
    guard takesAnyLayers else { return self }
    var fitted = self
    fitted.layers = (numbers.last ?? 0) + 1
    fitted.moeLayers = fitted.layers
    return fitted
  }

  /// Parameters of one routed expert: gate, up and down projections.
  public var expertParameters: Double { 3 * Double(hidden) * Double(expertIntermediate) }

  /// Bytes of one routed expert: 3·hidden·intermediate at the weights' format, its prescribed scales included. The
  /// block scales of fp8 (4 bytes per 128 × 128 block in DeepSeek-V3, 0.02 %) are not counted.
  public var expertBytes: Double { expertParameters * weights.bytes }

  /// Format of the weights outside the experts, which files do not state: fp8 when the experts' are, else bf16.
  public var weightsOutsideExperts: DataType { weights == .fp8 ? .fp8 : .bf16 }

  /// Distinct nodes that a token's experts may lie on when each group of experts lies within one of `nodes` nodes; nil
  /// when the router has no limit, groups do not fill nodes, or the limit allows all of them.
  public func nodesPerTokenLimit(nodes: Int) -> Int? {
    guard groupsPerToken < groups, groups % nodes == 0, groupsPerToken < nodes else { return nil }
    return groupsPerToken
  }

  /// Reads a model file.
  ///
  /// - Throws: `InputError` with the line of what is missing, unknown, out of range or contradictory.
  public init(settings: Settings) throws(InputError) {
    name = try settings.string("name")
    takesAnyLayers = try settings.string("layers") == "any"
    layers = takesAnyLayers ? Self.maximumLayers : try settings.integer("layers", in: 1...Self.maximumLayers)
    guard !takesAnyLayers || !settings.contains("moeLayers") else {
      throw settings.error("with layers: any, all are MoE", at: "moeLayers")
    }
    moeLayers = try settings.optionalInteger("moeLayers", in: 1...Self.maximumLayers) ?? layers
    let first = try settings.optionalInteger("firstMoELayer", in: 0...Self.maximumLayers - 1)
    firstMoELayer = first ?? (moeLayers == layers ? 0 : nil)
    moeLayerInterval = try settings.optionalInteger("moeLayerInterval", in: 1...Self.maximumLayers) ?? 1
    experts = try settings.integer("experts", in: 1...Self.maximumExperts)
    sharedExperts = try settings.optionalInteger("sharedExperts", in: 0...1024) ?? 0
    if settings.contains("sharedExpertFusion") {
      let name = try settings.choice("sharedExpertFusion", of: SharedExpertFusion.allCases.map(\.rawValue))
      sharedExpertFusion = SharedExpertFusion(rawValue: name)
    }
    topK = try settings.integer("topK", in: 1...Self.maximumTopK)
    groups = try settings.optionalInteger("groups", in: 1...Self.maximumExperts) ?? 1
    groupsPerToken = try settings.optionalInteger("groupsPerToken", in: 1...Self.maximumExperts) ?? groups
    hidden = try settings.integer("hidden", in: 1...Self.maximumWidth)
    expertIntermediate = try settings.integer("expertIntermediate", in: 1...Self.maximumWidth)
    let formats = DataType.allCases.map(\.rawValue)
    weights = DataType(rawValue: try settings.choice("weights", of: formats)) ?? .bf16
    if settings.contains("expertFormat") {
      let name = try settings.choice("expertFormat", of: ExpertFormat.allCases.map(\.rawValue))
      expertFormat = ExpertFormat(rawValue: name)
    }
    let dispatch = try CopyFormat(settings: settings.section("dispatch"))
    let hasCombine = (try? settings.string("combine")) == nil
    if !hasCombine { _ = try settings.choice("combine", of: ["none"]) }
    let combine = try hasCombine ? CopyFormat(settings: settings.section("combine")) : nil
    payload = Payload(
      dispatchBytes: dispatch.bytes(hidden: hidden), combineBytes: combine?.bytes(hidden: hidden))
    if let type = dispatch.type, combine == nil || combine?.type != nil {
      sent = SentTypes(dispatch: type, combine: combine?.type)
    }
    attention = try settings.optionalSection("attention").map(AttentionShape.init(settings:))
    denseIntermediate = try settings.optionalInteger("denseIntermediate", in: 1...Self.maximumWidth)
    try settings.rejectUnknownKeys()
    guard moeLayers <= layers else {
      throw settings.error("\(moeLayers) MoE layers, but the model has \(layers) layers", at: "moeLayers")
    }
    if let last = moeLayerNumbers?.last, last >= layers {
      throw settings.error("the last MoE layer would be \(last) of \(layers) layers", at: "firstMoELayer")
    }
    guard sharedExpertFusion == nil || sharedExperts > 0 else {
      throw settings.error("of no shared experts; sharedExperts says how many there are", at: "sharedExpertFusion")
    }
    guard topK <= experts else { throw settings.error("\(topK) of \(experts) experts", at: "topK") }
    guard experts % groups == 0 else {
      throw settings.error("\(experts) experts do not divide into \(groups) groups", at: "groups")
    }
    guard groupsPerToken <= groups else {
      throw settings.error("\(groupsPerToken) of \(groups) groups", at: "groupsPerToken")
    }
  }
}

/// Types of the activations that dispatch and combine send.
public struct SentTypes: Hashable, Sendable {
  public var dispatch: DataType
  /// Nil when there is no combine.
  public var combine: DataType?

  public init(dispatch: DataType, combine: DataType?) {
    self.dispatch = dispatch
    self.combine = combine
  }
}
