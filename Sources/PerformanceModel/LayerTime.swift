import Diagnostics

/// How much of a layer's communication runs beside its computation.
public struct Overlap: Equatable, Sendable {
  /// 0 adds the two up, 1 hides the shorter one entirely.
  public let fraction: Double

  public static let none = Overlap(fraction: 0)
  public static let full = Overlap(fraction: 1)

  public init(fraction: Double) {
    precondition((0...1).contains(fraction))
    self.fraction = fraction
  }

  /// `none`, `full` or a fraction between 0 and 1; none when the key is absent.
  init(settings: Settings, key: String) throws(InputError) {
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
  /// Between the two, as far as communication and computation overlap.
  public func total(_ overlap: Overlap) -> Double { upper - overlap.fraction * (upper - lower) }
}
