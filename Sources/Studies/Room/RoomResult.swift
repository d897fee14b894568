/// What `screen --speed` finds: how fast a rank is with how much room for experts.
public struct RoomResult: Codable, Equatable, Sendable {
  public struct Room: Codable, Equatable, Sendable {
    /// Experts of any layer of the trace at hand on a rank.
    public var experts: Int
    /// Their weights, over all MoE layers of the model.
    public var bytes: Double
    /// Experts at hand of those needed, over all steps.
    public var hitRate: Double
    /// Microseconds of a step of the second half, on average.
    public var stepTime: Double
    /// Of the speed with all experts at hand.
    public var speed: Double
  }

  public var trace: String
  public var cluster: String
  public var ranks: Int
  public var model: String
  public var policy: String
  /// What was asked for.
  public var speed: Double
  public var steps: Int
  /// Microseconds of a step of the second half with all experts at hand.
  public var stepTime: Double
  /// Whether times have attention and dense layers in them.
  public var hasAttention: Bool
  /// Bytes of all experts that a rank serves.
  public var all: Double
  /// The least room of those tried that is fast enough; nil for none.
  public var least: Room?
  /// In ascending order.
  public var rooms: [Room]
}
