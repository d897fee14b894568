/// What charts show of a replay as a whole, beyond figures; see `PolicyResult.Details` for what is of a policy.
public struct ReplayDetails: Codable, Equatable, Sendable {
  /// Steps that are told together as one bin, from the first; the last bin may have fewer.
  public var stepsPerBin: Int
  /// Ordinals of the steps whose rank loads are told, ascending: all, or one in 3, 9, 27, ….
  public var stepsShown: [Int]
  /// Neighbouring ranks that are told together.
  public var ranksPerRow: Int
  /// Numbers in the model of the layers whose loads and placements are told, ascending.
  public var layers: [Int]
  /// `[layers of the trace][experts]` visits, summed over steps.
  public var popularity: [[Int]]
  public var drift: [Drift]
  /// Absent where no command line made the replay.
  public var provenance: Provenance?

  /// How like each other the expert loads of two steps are.
  public struct Drift: Codable, Equatable, Sendable {
    /// Steps from the one to the other.
    public var lag: Int
    /// Pearson's, over the experts of a layer; mean over layers and pairs of steps.
    public var correlation: Double
  }

  /// What a replay was made from, so that it can be made again.
  public struct Provenance: Codable, Equatable, Sendable {
    /// The arguments that have an effect on the result.
    public var command: [String]
    public var files: [File]

    public init(command: [String], files: [File]) {
      self.command = command
      self.files = files
    }
  }

  /// A file as it was.
  public struct File: Codable, Equatable, Sendable {
    /// What it describes: `policy`, `cluster`, `model` or a cluster's part, such as `gpu`.
    public var kind: String
    /// As it was asked for.
    public var name: String
    public var text: String

    public init(kind: String, name: String, text: String) {
      self.kind = kind
      self.name = name
      self.text = text
    }
  }
}

extension PolicyResult {
  /// What charts show of a policy, beyond figures.
  public struct Details: Codable, Equatable, Sendable {
    public var steps: Steps
    /// Microseconds that steps take in all, without waiting for ranks that come or go.
    public var stepTotal: StepTime
    /// The same, ascending: every step, or evenly spaced ranks of them from first to last.
    public var stepTotals: [Double]
    /// `[ranks]` of a step's ranks from the most loaded on: load over the mean, mean over steps and layers.
    public var sortedRankLoads: [Double]
    /// `[layers]`, as `ReplayDetails.layers`.
    public var layers: [LayerLoad]
    /// `[rows][rows]` bytes of dispatch, summed over steps and layers, row = sender; see `ReplayDetails.ranksPerRow`.
    public var dispatchBytes: [[Double]]
    /// Operations per second at which the experts' kernels are bound by arithmetic; absent without a roofline.
    public var flopsPerSecondLimit: Double?

    /// Means over the steps of a bin, `[bins]`; microseconds where nothing else is said.
    public struct Steps: Codable, Equatable, Sendable {
      public var dispatch: [Double]
      public var experts: [Double]
      public var combine: [Double]
      public var migration: [Double]
      public var prediction: [Double]
      public var total: [Double]
      /// The slowest step's total, not the mean.
      public var longest: [Double]
      /// The most loaded rank over the mean, mean over the layers that had load; 1 without load.
      public var hottest: [Double]
      /// Of the step and layer where it was most.
      public var hottestMost: [Double]
      /// Plans that were begun, counted.
      public var plans: [Int]
      /// Plans that came to serve in all layers, counted.
      public var arrivals: [Int]
    }

    /// Loads and placements of one layer.
    public struct LayerLoad: Codable, Equatable, Sendable {
      /// Number of the layer in the model.
      public var layer: Int
      /// `[steps shown][rows]` tokens, to whole ones.
      public var tokens: [[Int]]
      /// `[slots]` experts before the first step and after the last.
      public var placementBefore: [Int]
      public var placementAfter: [Int]
    }
  }
}

extension ReplayResult {
  /// The same without what only charts show.
  public var withoutDetails: ReplayResult {
    var copy = self
    copy.details = nil
    for index in copy.policies.indices { copy.policies[index].details = nil }
    return copy
  }
}
