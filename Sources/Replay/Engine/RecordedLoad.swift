import Diagnostics
import Files
import LoadBalancing
import RoutingTrace

/// The load of a recording as a whole, and what it says of its model: what a placement is planned from.
public struct RecordedLoad: Equatable, Sendable {
  public var load: ExpertLoad
  /// `[layers]` the number of each MoE layer in the model.
  public var layerNumbers: [Int]
  /// Expert groups of the router; 1 when it has none.
  public var groups: Int
  /// Name of the model that routed, if the recording says.
  public var model: String?
  /// What the reader has to know of how its steps were chosen.
  public var notes: [String]
  /// Steps of the recording; nil for a matrix of load.
  public var steps: Int?
  /// The loads of its last steps one by one, oldest first, as many as were asked for.
  public var windows: [ExpertLoad] = []

  public init(
    load: ExpertLoad, layerNumbers: [Int]? = nil, groups: Int = 1, model: String? = nil, notes: [String] = [],
    steps: Int? = nil
  ) {
    self.steps = steps
    self.load = load
    self.layerNumbers = layerNumbers ?? Array(0..<load.layers)
    self.groups = groups
    self.model = model
    self.notes = notes
  }
}

extension RecordedLoad {
  /// The load in a file: a trace, a `logical_count` recording, `{"weight": [[…]]}` or a bare `[[…]]`; or that of a trace
  /// in several files.
  ///
  /// - Parameters:
  ///   - selection: of the steps of a recording.
  ///   - windows: steps to keep one by one, the last ones.
  /// - Throws: what reading throws; `InputError` (usage) for a selection from a matrix, which has no steps.
  public init(
    reading paths: [String], selection: StepSelection = StepSelection(), threads: Int, windows: Int = 0
  ) throws {
    if paths.count == 1, let path = paths.first, path.hasSuffix(".json"), !isFolder(path) {
      if let matrix = try Self(matrix: readWhole(path), name: path) {
        guard selection.isWhole else {
          throw InputError("a matrix of load, which has no steps, layers or phase to choose", in: path, status: .usage)
        }
        self = matrix
        return
      }
      try requireReadableAgain(path, "what is no matrix is read again as a recording; give it a file")
    }
    try self.init(summing: selection.open(TraceFiles(paths, threads: threads), threads: threads), windows: windows)
  }

  /// The load in one file.
  public init(reading path: String, selection: StepSelection = StepSelection(), threads: Int) throws {
    try self.init(reading: [path], selection: selection, threads: threads)
  }

  /// The load of a whole trace.
  ///
  /// - Parameter windows: steps to keep one by one, the last ones.
  public init(summing source: any StepSource, windows: Int = 0) throws {
    let header = source.header
    var load = ExpertLoad(zeroFor: header.layers, experts: header.experts)
    var steps = 0
    var kept: [ExpertLoad] = []
    let counted = CountedSteps(source, as: "reading")
    while let step = try counted.next() {
      load.add(step)
      if windows > 0 {
        var window = ExpertLoad(zeroFor: header.layers, experts: header.experts)
        window.add(step)
        if kept.count < windows { kept.append(window) } else { kept[steps % windows] = window }
      }
      steps += 1
    }
    self.init(
      load: load, layerNumbers: header.layerNumbers, groups: header.groups ?? 1, model: header.model,
      notes: source.notes, steps: steps)
    let oldest = kept.count == windows && windows > 0 ? steps % windows : 0
    self.windows = Array(kept[oldest...] + kept[..<oldest])
  }

  /// A bare matrix of load `[layers][experts]`, or `{"weight": [[…]]}`; nil if the JSON is something else.
  ///
  /// - Throws: `InputError` if rows differ in length, or with the layer and expert of an entry that is no load.
  public init?(matrixJSON text: String, name: String) throws(InputError) {
    try self.init(matrix: Array(text.utf8), name: name)
  }

  private init?(matrix json: [UInt8], name: String) throws(InputError) {
    guard let matrix = try attributing(name, { () throws(InputError) in try LoadMatrix(json: json) }) else {
      return nil
    }
    self.init(load: ExpertLoad(layers: matrix.layers, experts: matrix.experts, values: matrix.values))
  }
}

extension RecordedLoad {
  /// The same load as one of a model: layers take the numbers that they have there, and dense ones are left out where
  /// the load has a row for every layer.
  ///
  /// - Throws: `InputError` (usage) when the load has other experts than the model, or layers of which the model does
  ///   not tell what they are.
  public func fitted(to model: RoutedModel) throws(InputError) -> RecordedLoad {
    try model.check(experts: load.experts, of: "the load")
    var copy = self
    if layerNumbers == Array(0..<model.layers), let moeLayers = model.moeLayerNumbers, moeLayers != layerNumbers {
      func ofLayers(_ load: ExpertLoad) -> ExpertLoad {
        ExpertLoad(layers: moeLayers.count, experts: load.experts, values: moeLayers.flatMap { load[$0] })
      }
      copy.load = ofLayers(load)
      copy.windows = windows.map(ofLayers)
      copy.layerNumbers = moeLayers
    } else {
      copy.layerNumbers = try model.numbers(of: layerNumbers)
    }
    return copy
  }
}
