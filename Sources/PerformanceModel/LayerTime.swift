import Diagnostics

/// How much of a layer's communication runs beside its computation, and how fast it runs meanwhile.
public struct Overlap: Equatable, Sendable {
  /// 0 adds the two up, 1 hides as much of one behind the other as there is.
  public let fraction: Double
  /// Speed of communication beside computation, as a fraction of its speed alone: the two share memory bandwidth and
  /// multiprocessors. DeepSeek-V3's training trace shows 0.77 to 0.86.
  public let derate: Double

  public static let none = Overlap(fraction: 0)
  public static let full = Overlap(fraction: 1)

  public init(fraction: Double, derate: Double = 1) {
    precondition((0...1).contains(fraction) && derate > 0 && derate <= 1)
    self.fraction = fraction
    self.derate = derate
  }

  /// `none`, `full`, a fraction between 0 and 1, or `{fraction: 0.8, derate: 0.8}`; none when the key is absent.
  init(settings: Settings, key: String) throws(InputError) {
    if settings.isSection(key) {
      let section = try settings.section(key)
      self.init(
        fraction: try section.number("fraction", in: 0...1),
        derate: try section.optionalNumber("derate", in: 0.01...1) ?? 1)
      try section.rejectUnknownKeys()
      return
    }
    switch try settings.optionalString(key) {
    case nil, "none": self = .none
    case "full": self = .full
    case let text?:
      guard let fraction = Double(text), (0...1).contains(fraction) else {
        throw settings.error("'\(text)', expected none, full or a fraction between 0 and 1", at: key)
      }
      self = Overlap(fraction: fraction)
    }
  }
}

/// The time of one MoE layer of one step, microseconds.
public struct LayerTime: Equatable, Sendable {
  public var dispatch: Double
  public var experts: Double
  public var combine: Double
  /// Before dispatch, planning after the gate and fetching weights; 0 without an exact planner.
  public var balancing = 0.0
  /// Before experts, waiting for those that a rank did not have at hand; 0 without a cache.
  public var stall = 0.0

  public init(dispatch: Double, experts: Double, combine: Double) {
    self.dispatch = dispatch
    self.experts = experts
    self.combine = combine
  }

  /// Dispatch and combine.
  public var communication: Double { dispatch + combine }
  /// Nothing overlaps.
  public var upper: Double { dispatch + experts + combine }
  /// The shorter of communication and computation is hidden entirely.
  public var lower: Double { max(communication, experts) }
  /// Between the two, as far as communication and computation overlap. While the experts take `experts`, communication
  /// gets through at most `derate · experts` of what it would take alone. Balancing comes before, beside neither, and
  /// nothing runs beside a stall.
  public func total(_ overlap: Overlap) -> Double {
    balancing + stall + upper - overlap.fraction * min(communication, overlap.derate * experts)
  }

  /// Two batches in turn, of which this is one: while one is in attention the other is in its MoE part, twice over.
  ///
  ///     max(attention, experts + communication / derate) · 2
  ///
  /// - Parameter attention: microseconds of one batch's attention in this layer.
  public func twoBatchTotal(attention: Double, _ overlap: Overlap) -> Double {
    2 * max(attention, experts + communication / overlap.derate)
  }
}
