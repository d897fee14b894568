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
}

/// Tokens that an expert's are rounded up to: `64`, or by the tokens of an expert on average, `{0: 16, 32: 64, 128: 192}`.
public struct TileRows: Equatable, Sendable {
  /// Ascending in tokens, the first from 0.
  private let steps: [Step]

  private struct Step: Equatable, Sendable {
    let tokens: Double
    let rows: Double
  }

  /// The same for any number.
  public init(_ rows: Int) { steps = [Step(tokens: 0, rows: Double(rows))] }

  init(settings: Settings, key: String) throws(InputError) {
    guard settings.isSection(key) else {
      self.init(try settings.optionalInteger(key, in: 1...4096) ?? 1)
      return
    }
    let table = try settings.section(key)
    var steps: [Step] = []
    for name in table.keys {
      guard let tokens = Double(name), (0...1e9).contains(tokens) else {
        throw table.error("'\(name)' is not a number of tokens", at: name)
      }
      steps.append(Step(tokens: tokens, rows: Double(try table.integer(name, in: 1...4096))))
    }
    steps.sort { $0.tokens < $1.tokens }
    guard steps.first?.tokens == 0 else { throw settings.error("a table that does not start at 0", at: key) }
    self.init(steps: steps)
  }

  private init(steps: [Step]) { self.steps = steps }

  /// Nil where tokens are not rounded up.
  func rows(tokens: Double) -> Double? {
    let rows = steps.last { $0.tokens <= tokens }?.rows ?? steps[0].rows
    return rows > 1 ? rows : nil
  }

  /// What `init(settings:)` reads back.
  var text: String {
    guard steps.count > 1 else { return shortNumber(steps[0].rows) }
    return "{" + steps.map { "\(shortNumber($0.tokens)): \(shortNumber($0.rows))" }.joined(separator: ", ") + "}"
  }
}

/// The expert kernels of a library on one GPU, by format.
public struct ExpertKernels: Equatable, Sendable {
  public var byFormat: [ExpertFormat: ExpertKernel]
  /// Whether every rank handles all tokens of the batch, not those alone that were sent to it.
  public var handlesBatch = false

  public init(_ kernels: [ExpertFormat: ExpertKernel]) { byFormat = kernels }

  init(settings: Settings) throws(InputError) {
    byFormat = [:]
    if settings.contains("tokens") {
      handlesBatch = try settings.choice("tokens", of: ["arrived", "batch"]) == "batch"
    }
    for format in ExpertFormat.allCases {
      byFormat[format] = try settings.optionalSection(format.rawValue).map(ExpertKernel.init(settings:))
    }
    try settings.rejectUnknownKeys()
    guard !byFormat.isEmpty else { throw settings.error("no format has figures") }
  }

  /// The figures for a model's experts.
  ///
  /// - Parameter name: of the kernels, for messages.
  /// - Throws: `InputError` (usage) for a format without figures, naming those that have.
  func kernel(for model: ModelShape, in name: String) throws(InputError) -> (ExpertFormat, ExpertKernel) {
    let wanted = model.expertFormat.map { [$0] } ?? model.weights.expertFormats
    for format in wanted {
      if let kernel = byFormat[format] { return (format, kernel) }
    }
    let known = ExpertFormat.allCases.filter { byFormat[$0] != nil }
    let closest = known.min { abs($0.weightBytes - wanted[0].weightBytes) < abs($1.weightBytes - wanted[0].weightBytes) }
    let names = known.map(\.rawValue).joined(separator: ", ")
    throw InputError(
      "no expert kernels for \(wanted.map(\.rawValue).joined(separator: " or ")); there are \(names), "
        + "the closest \(closest?.rawValue ?? "none")", in: name, status: .usage)
  }
}
