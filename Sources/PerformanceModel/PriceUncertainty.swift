import Diagnostics

/// How far the prices of a cluster may be off: what its file says under `uncertainty`.
///
///     uncertainty:
///       communication: {fixed: 0.08, rate: 0.05, measured: {ranks: 8..32, tokens: 1..4096, hidden: 7168}}
///       experts: {fixed: 0.1, rate: 0.07}
///
/// A kernel that is absent was held against no measurement, and neither was a part that is.
public struct PriceUncertainty: Equatable, Sendable {
  /// Of dispatch, combine and moves.
  public var communication: PriceError
  /// Of the experts' kernels.
  public var experts: PriceError

  public static let notValidated = PriceUncertainty(communication: .notValidated, experts: .notValidated)

  public init(communication: PriceError, experts: PriceError) {
    self.communication = communication
    self.experts = experts
  }

  init(settings: Settings) throws(InputError) {
    communication = try settings.optionalSection("communication").map(PriceError.init(settings:)) ?? .notValidated
    experts = try settings.optionalSection("experts").map(PriceError.init(settings:)) ?? .notValidated
    try settings.rejectUnknownKeys()
  }

  /// Of prices that may be either's.
  package func widened(by other: PriceUncertainty) -> PriceUncertainty {
    PriceUncertainty(
      communication: communication.widened(by: other.communication), experts: experts.widened(by: other.experts))
  }

  /// What `init(settings:)` reads back; nil where nothing is known.
  var text: String? {
    let kernels = [("communication", communication), ("experts", experts)].filter { $1 != .notValidated }
    return kernels.isEmpty ? nil : "{" + kernels.map { "\($0): \($1.text)" }.joined(separator: ", ") + "}"
  }
}

/// How far one kernel's prices may be off.
public struct PriceError: Equatable, Sendable {
  /// Root mean square of log(predicted / measured) over rows that no fit has seen, where most of the time is fixed:
  /// latency, floors, launches. Nil where there are none.
  public var fixed: Double?
  /// The same where most of the time is bytes, memory or arithmetic.
  public var rate: Double?
  /// Where it was measured; empty where the file does not say.
  public var measured: MeasuredRanges

  /// For what was held against no measurement: the widest that a preset without a fit is off in a table of kernels of
  /// its kind; see "How sure a price is" in docs/models.md.
  public static let widest = 0.6

  public static let notValidated = PriceError()
  /// Of a price that nothing can be off.
  public static let none = PriceError(fixed: 0, rate: 0)

  public init(fixed: Double? = nil, rate: Double? = nil, measured: MeasuredRanges = MeasuredRanges()) {
    self.fixed = fixed
    self.rate = rate
    self.measured = measured
  }

  init(settings: Settings) throws(InputError) {
    fixed = try settings.optionalNumber("fixed", in: 0...Self.largest)
    rate = try settings.optionalNumber("rate", in: 0...Self.largest)
    measured = try settings.optionalSection("measured").map(MeasuredRanges.init(settings:)) ?? MeasuredRanges()
    try settings.rejectUnknownKeys()
  }

  /// A factor of 20: prices that are further off say nothing.
  private static let largest = 3.0

  /// Whether both parts were held against measurements.
  public var isValidated: Bool { fixed != nil && rate != nil }

  /// Of a price that may be either's: one that is not validated is the widest.
  fileprivate func widened(by other: PriceError) -> PriceError {
    func wider(_ a: Double?, _ b: Double?) -> Double? { a.flatMap { a in b.map { max(a, $0) } } }
    return PriceError(
      fixed: wider(fixed, other.fixed), rate: wider(rate, other.rate), measured: measured.narrowed(to: other.measured))
  }

  /// What `init(settings:)` reads back.
  var text: String {
    let widths = [("fixed", fixed), ("rate", rate)].compactMap { name, width in
      width.map { "\(name): \(shortNumber($0))" }
    }
    let ranges = measured.text.map { ["measured: \($0)"] } ?? []
    return "{" + (widths + ranges).joined(separator: ", ") + "}"
  }
}
