import RoutingTrace

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
  /// What that model's file says, if it has one.
  public var shape: RoutedModel?
  /// The ranks that recorded, where they are not all from 0.
  public var ranks: [Int]?
  /// Layers of each pipeline stage, where every stage numbers its own from 0.
  public var stageLayers: [Int]?
  /// Consecutive ranks that recorded the same tokens; told from the recording when nil.
  public var tensorParallel: Int?
  /// Last columns of each choice that hold fused shared experts; told from the recording when nil.
  public var sharedExperts: Int?
  public var licence: String?
  /// Steps to draw, for formats that can pass over the others.
  public var draw: StepDraw?

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

extension ImportOptions {
  /// The layers to read of a recording that has so many, dense ones maybe among them: those asked for, the model's MoE
  /// layers where there is a row for each of its layers, else all.
  func layers(ofRecorded count: Int) -> [Int] {
    if let layers { return layers }
    if let shape, shape.layers == count, let numbers = shape.moeLayerNumbers { return numbers }
    return Array(0..<count)
  }

  /// Experts per layer as asked for, else the model's.
  package var expectedExperts: Int? { experts ?? shape?.experts }

  /// Experts per token as asked for, else the model's.
  var expectedTopK: Int? { topK ?? shape?.topK }
}

extension ImportOptions {
  /// Options that only some formats have a use for, by their names on the command line.
  public enum Special: String, CaseIterable, Sendable {
    case recordedLayers = "--recorded-layers"
    case ranks = "--recorded-ranks"
    case stageLayers = "--stage-layers"
    case tensorParallel = "--tensor-parallel"
    case sharedExperts = "--shared-experts"
  }

  func gives(_ option: Special) -> Bool {
    switch option {
    case .recordedLayers: recordedLayers != nil
    case .ranks: ranks != nil
    case .stageLayers: stageLayers != nil
    case .tensorParallel: tensorParallel != nil
    case .sharedExperts: sharedExperts != nil
    }
  }
}
