import LoadBalancing
import PerformanceModel
import RoutingTrace

/// One step under one policy on one machine: what its priced time is made of, rank by rank. Microseconds where nothing
/// else is said.
public struct StepTimeline: Sendable {
  public var cluster: ReplayResult.Cluster
  /// Which of the job's machines it is, from 0.
  public var machine: Int
  /// The policy's name.
  public var policy: String
  /// Ordinal of the step in the replay.
  public var ordinal: Int
  /// The step's number in the trace.
  public var number: Int
  public var phase: Phase?
  /// What the step takes: `stall`, and every layer's prediction and time.
  public var total: Double
  /// Moves that it waited for, before its first layer.
  public var stall: Double
  /// `[ranks]` experts that arrived at each rank meanwhile.
  public var arrivals: [Int]
  /// Weights of an expert.
  public var expertBytes: Double
  /// Moves that ran beside it, in the order of sending.
  public var moves: [Move]
  /// Numbers of the plans that began to move, or came with the model, right before it.
  public var plansBegun: [Int]
  /// Plans that came in force right before it, and in how many layers each.
  public var plansInForce: [InForce]
  /// `[layers]`.
  public var layers: [Layer]

  /// One layer.
  public struct Layer: Sendable {
    /// Number of the layer in the model.
    public var number: Int
    /// The plan in force, counted from 1; 0 is what servers start with.
    public var plan: Int
    /// Waiting for the prediction, before dispatch.
    public var prediction: Double
    /// As priced: the last rank's dispatch, experts and combine.
    public var time: LayerTime
    public var overlap: Overlap
    /// Mean load of a rank over the most loaded one's; absent without load.
    public var balancedness: Double?
    /// `[ranks]`.
    public var ranks: [Rank]
  }

  /// One rank in a layer: what each part takes if the rank waits for no other.
  public struct Rank: Equatable, Sendable {
    /// For a communication model that knows no rank's time, the layer's.
    public var dispatch: Double
    public var experts: Double
    public var combine: Double
    /// Visits of tokens to its experts.
    public var visits: Double
    /// Bytes over its ports in dispatch; expectations for counts.
    public var sentBytes: Double
    public var receivedBytes: Double
    /// The same in combine.
    public var returnedBytes: Double
    public var regainedBytes: Double
  }

  /// A layer's experts on their way beside a step.
  public struct Move: Equatable, Sendable {
    /// Number of the layer in the model.
    public var layer: Int
    public var plan: Int
    /// Experts that ranks fetch for the layer, in all.
    public var experts: Int
    /// From the step's beginning, while links were sending them or about to.
    public var start: Double
    public var end: Double
    /// Time that they had of the links in the step, and what they need after it.
    public var sent: Double
    public var left: Double
  }

  /// A plan that came in force.
  public struct InForce: Equatable, Sendable {
    public var plan: Int
    public var layers: Int
  }
}

/// Is shown single steps rank by rank: in the order of steps, then of machines and policies, each once.
public struct TimelineObserver {
  /// Ordinals in the replay of the steps that are shown.
  let steps: Range<Int>
  let observe: (StepTimeline) throws -> Void

  public init(steps: Range<Int>, observe: @escaping (StepTimeline) throws -> Void) {
    self.steps = steps
    self.observe = observe
  }
}
