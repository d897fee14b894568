/// What `screen` advises of switching a strategy on.
public enum Verdict: String, Codable, Comparable, CaseIterable, Sendable {
  case doNot = "do-not"
  case notEnoughEvidence = "not-enough-evidence"
  case recommend

  /// By how much they speak for it.
  public static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }

  private var rank: Int { Verdict.allCases.firstIndex(of: self) ?? 0 }
}

/// What a verdict goes by.
public struct Evidence: Equatable, Sendable {
  /// The 95 % interval of the steady total gain, a fraction; nil where the steps do not give one.
  public var gain: ClosedRange<Double>?
  /// Seconds until the strategy has paid for itself; nil for never.
  public var breakEven: Double?

  public init(gain: ClosedRange<Double>?, breakEven: Double?) {
    self.gain = gain
    self.breakEven = breakEven
  }
}

/// When a strategy is worth switching on.
public struct VerdictRule: Equatable, Sendable {
  /// A gain that is surely below this is not worth a server's moving parts.
  public static let leastWorthwhile = 0.01

  /// Seconds within which it has to pay for itself.
  public var horizon: Double

  public init(horizon: Double) { self.horizon = horizon }

  /// *Recommend* where the gain's lower limit is above 0 and it pays for itself within the horizon, *do not* where its
  /// upper limit is below 1 %, and else *not enough evidence*; a gain that is sure comes first.
  public func finding(of evidence: Evidence) -> Finding {
    guard let gain = evidence.gain else { return .noInterval }
    let isSure = gain.lowerBound > 0
    if isSure, let breakEven = evidence.breakEven, breakEven <= horizon { return .gains }
    if gain.upperBound < Self.leastWorthwhile { return gain.upperBound < 0 ? .loses : .tooLittle }
    return isSure ? .paysTooLate : .unsure
  }
}

/// Why a verdict is what it is.
public enum Finding: String, Codable, CaseIterable, Sendable {
  /// The gain is sure, and pays for itself in time.
  case gains
  /// The gain is surely a loss.
  case loses
  /// The gain is surely below what is worthwhile.
  case tooLittle = "too-little"
  /// The gain may be a loss, and may be worthwhile.
  case unsure
  /// The gain is sure, but pays for itself after the horizon, or never in sight.
  case paysTooLate = "pays-too-late"
  /// The steps tell too little for an interval.
  case noInterval = "no-interval"
  /// The steps end before a strategy has served for two intervals.
  case tooShort = "too-short"
  /// No strategy moved an expert.
  case nothingActed = "nothing-acted"
  /// A few steps were drawn, which do not follow each other as a strategy would find them.
  case stepsDrawn = "steps-drawn"

  public var verdict: Verdict {
    switch self {
    case .gains: .recommend
    case .loses, .tooLittle: .doNot
    case .unsure, .paysTooLate, .noInterval, .tooShort, .nothingActed, .stepsDrawn: .notEnoughEvidence
    }
  }
}
