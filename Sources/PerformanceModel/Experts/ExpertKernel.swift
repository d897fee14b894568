import Diagnostics

/// Figures of the expert kernels of one library on one GPU in one format; see `MeasuredExperts`.
///
/// `fp8-block: {launch: 22.5 us, hbm: 0.893, math: 0.894, visitTraffic: 4.94, tokenTraffic: 0.84}`
public struct ExpertKernel: Equatable, Sendable {
  /// Microseconds.
  public var launch = 0.0
  /// Microseconds per slot of the rank.
  public var slotLatency = 0.0
  /// Microseconds that no layer undercuts: the host's pace where kernels are launched one by one.
  public var floor = 0.0
  /// Fraction of the peak memory bandwidth that weights are read at.
  public var hbmEfficiency: Double
  /// Fraction of the peak arithmetic.
  public var mathEfficiency: Double
  /// The same where the rank's tokens would be fewer than `fewVisits` for each expert of the layer, if all were chosen
  /// alike: kernels then take small tiles, for hot experts as well.
  public var smallMathEfficiency: Double?
  /// Microseconds per visit.
  public var visit = 0.0
  /// Times that a visit's activations pass through memory, at its peak.
  public var visitTraffic = 0.0
  /// Times that a token's hidden state passes through memory, at its peak.
  public var tokenTraffic = 0.0
  /// Microseconds more from `sortedAtOnce` tokens on.
  public var sort = 0.0
  public var tile = TileRows(1)
  /// Exponent of the smooth maximum of memory and arithmetic.
  public var smoothness = 1.5
  public var error = PriceError.notValidated

  static let fewVisits = 32.0
  static let sortedAtOnce = 256.0

  public init(hbmEfficiency: Double, mathEfficiency: Double) {
    self.hbmEfficiency = hbmEfficiency
    self.mathEfficiency = mathEfficiency
  }

  init(settings: Settings) throws(InputError) {
    hbmEfficiency = try settings.number("hbm", in: 0.001...1)
    mathEfficiency = try settings.number("math", in: 0.001...1)
    smallMathEfficiency = try settings.optionalNumber("smallMath", in: 0.001...1)
    launch = try settings.optionalDuration("launch") ?? 0
    slotLatency = try settings.optionalDuration("slotLatency") ?? 0
    floor = try settings.optionalDuration("floor") ?? 0
    visit = try settings.optionalDuration("visit") ?? 0
    visitTraffic = try settings.optionalNumber("visitTraffic", in: 0...1000) ?? 0
    tokenTraffic = try settings.optionalNumber("tokenTraffic", in: 0...1000) ?? 0
    sort = try settings.optionalDuration("sort") ?? 0
    tile = try TileRows(settings: settings, key: "tile")
    smoothness = try settings.optionalNumber("smoothness", in: 1...64) ?? smoothness
    error = try settings.optionalSection("uncertainty").map(PriceError.init(settings:)) ?? .notValidated
    try settings.rejectUnknownKeys()
  }

  /// What `init(settings:)` reads back.
  var text: String {
    var parts = [("launch", launch), ("slotLatency", slotLatency), ("floor", floor)].filter { $1 > 0 }
      .map { "\($0): \(shortTime($1))" }
    parts += ["hbm: \(shortNumber(hbmEfficiency))", "math: \(shortNumber(mathEfficiency))"]
    if let smallMathEfficiency { parts.append("smallMath: \(shortNumber(smallMathEfficiency))") }
    if visit > 0 { parts.append("visit: \(shortTime(visit))") }
    parts += [("visitTraffic", visitTraffic), ("tokenTraffic", tokenTraffic)].filter { $1 > 0 }
      .map { "\($0): \(shortNumber($1))" }
    if sort > 0 { parts.append("sort: \(shortTime(sort))") }
    if tile != TileRows(1) { parts.append("tile: \(tile.text)") }
    parts.append("smoothness: \(shortNumber(smoothness))")
    if error != .notValidated { parts.append("uncertainty: \(error.text)") }
    return "{" + parts.joined(separator: ", ") + "}"
  }
}
