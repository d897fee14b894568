/// The routing of one forward pass over a batch of tokens.
///
/// All arrays are contiguous and layer-major, so that a layer is one run of memory.
public struct RoutingStep: Equatable, Sendable {
  /// The step's number in the recording; ascending, not necessarily without gaps.
  public var number: Int
  public var phase: Phase?
  /// Tokens in the batch. For counts, the visits of the first layer divided by top-k, if top-k is known.
  public var tokens: Int
  /// `[layers][tokens][topK]` expert ids in the router's order; empty for counts.
  public var experts: [UInt16]
  /// `[layers][tokens][topK]` gate weights in the same order, if recorded.
  public var weights: [Float]?
  /// `[tokens]` rank that holds the token before dispatch, if recorded.
  public var sources: [UInt32]?
  /// `[tokens]` id of the request or sequence that the token belongs to, if known.
  public var sequences: [UInt32]?
  /// `[tokens]` vocabulary id, if recorded.
  public var tokenIDs: [UInt32]?
  /// `[layers][experts]` tokens per expert; empty for tokens.
  public var counts: [UInt64]
  /// Whether some visits were dropped: their ids are `RoutingStep.dropped`, and their gate weights 0. Where it is false
  /// no id is, so that nobody has to look.
  public var hasDropped: Bool

  /// The id of a visit that was dropped. Traces of 65,536 experts, whose last id it is, drop none.
  public static let dropped = UInt16.max

  public init(
    number: Int, phase: Phase? = nil, tokens: Int, experts: [UInt16] = [], weights: [Float]? = nil,
    sources: [UInt32]? = nil, sequences: [UInt32]? = nil, tokenIDs: [UInt32]? = nil, counts: [UInt64] = [],
    hasDropped: Bool = false
  ) {
    self.number = number
    self.phase = phase
    self.tokens = tokens
    self.experts = experts
    self.weights = weights
    self.sources = sources
    self.sequences = sequences
    self.tokenIDs = tokenIDs
    self.counts = counts
    self.hasDropped = hasDropped
  }
}

/// Steps in ascending order, read one at a time; memory does not grow with their number.
public protocol StepSource: AnyObject {
  var header: TraceHeader { get }
  /// The next step, or nil after the last. It fits the header, as `RoutingStep.validate(against:)` says: those who take
  /// it do not look again.
  func next() throws -> RoutingStep?
  /// Takes back a step that nobody looks at any more, so that its memory may serve those to come. It need not be given.
  func giveBack(_ step: RoutingStep)
  /// SHA-256 of the file that the steps were stored in, lower-case hexadecimal; nil before the last step, and for steps
  /// of no file.
  var digest: String? { get }
  /// The files that they were stored in, where there are several, and how they were chosen; complete after the last
  /// step.
  var origin: StepOrigin { get }
  /// What a reader of figures has to know of how the steps were chosen; complete after the last step.
  var notes: [String] { get }
  /// About which part of the steps was given, 0…1; nil where it is not known how many there are.
  var fraction: Double? { get }
}

extension StepSource {
  public func giveBack(_ step: RoutingStep) {}
  public var digest: String? { nil }
  public var origin: StepOrigin { StepOrigin() }
  public var notes: [String] { [] }
  public var fraction: Double? { nil }
}
