import Diagnostics

/// What a cluster's GPUs cost, and what power they take: stated by the file, never modelled.
///
///     cost: {pricePerGPUHour: 2, wattsPerGPU: 700, wattsPerNode: 3000, pricePerKWh: 0.15}
///     cost: {pricePerGPU: 38000, years: 4, wattsPerGPU: 700, pricePerKWh: 0.15}
///
/// Whoever rents pays by the hour, power included; whoever buys pays the price over the years, and electricity.
///
/// Source: the cost of MoE-CAP (arXiv 2412.07067), without the overhead factors of its code.
public struct MachinePrice: Equatable, Sendable {
  public enum Payment: Equatable, Sendable {
    /// Dollars of a GPU for an hour, with its part of the node and of the power.
    case hourly(Double)
    /// Dollars of a GPU with its part of the node, used day and night for so many years.
    case purchase(Double, years: Double)
  }

  /// What a group takes of power.
  public struct Power: Equatable, Sendable {
    /// Watts of a GPU at work.
    public var gpu: Double
    /// Watts of a GPU that does nothing; nil for one that always takes all.
    public var idle: Double?
    /// Watts of all of a node but its GPUs.
    public var node: Double

    public init(gpu: Double, idle: Double? = nil, node: Double = 0) {
      self.gpu = gpu
      self.idle = idle
      self.node = node
    }

    /// Watts of a group.
    ///
    /// - Parameter utilisation: the greater of what it uses of its memory bandwidth and of its arithmetic, 0…1.
    func watts(gpus: Double, nodes: Double, utilisation: Double) -> Double {
      let each = idle.map { $0 + (gpu - $0) * min(1, max(0, utilisation)) } ?? gpu
      return each * gpus + node * nodes
    }
  }

  public var payment: Payment
  /// Nil where the file does not say.
  public var power: Power?
  /// Dollars of a kilowatt-hour; nil where the file does not say.
  public var pricePerKWh: Double?

  public init(_ payment: Payment, power: Power? = nil, pricePerKWh: Double? = nil) {
    self.payment = payment
    self.power = power
    self.pricePerKWh = pricePerKWh
  }

  /// - Throws: `InputError` with the line of a price that is missing, zero or given in both ways.
  init(settings: Settings) throws(InputError) {
    let hourly = try settings.optionalNumber("pricePerGPUHour", in: Self.dollars)
    let purchase = try settings.optionalNumber("pricePerGPU", in: Self.dollars)
    let years = try settings.optionalNumber("years", in: 0.01...100)
    power = try Power(settings: settings)
    pricePerKWh = try settings.optionalNumber("pricePerKWh", in: Self.dollars)
    try settings.rejectUnknownKeys()
    switch (hourly, purchase) {
    case (let hourly?, nil): payment = .hourly(hourly)
    case (nil, let purchase?):
      guard let years else { throw settings.error("missing: a price of purchase is spread over them", at: "years") }
      payment = .purchase(purchase, years: years)
      guard power != nil else { throw settings.error("missing: who buys pays for the power", at: "wattsPerGPU") }
      guard pricePerKWh != nil else { throw settings.error("missing: who buys pays for the power", at: "pricePerKWh") }
    case (_?, _?): throw settings.error("given together with pricePerGPUHour; keep one", at: "pricePerGPU")
    case (nil, nil): throw settings.error("expected pricePerGPUHour, or pricePerGPU and years")
    }
    if hourly != nil, years != nil {
      throw settings.error("given together with pricePerGPUHour, which is by the hour", at: "years")
    }
    if pricePerKWh != nil, power == nil {
      throw settings.error("a price of power without wattsPerGPU", at: "pricePerKWh")
    }
  }

  private static let dollars = 1e-6...1e9

  /// What a group costs at a throughput.
  ///
  /// - Parameters:
  ///   - tokensPerSecond: of the whole group, above 0.
  ///   - utilisation: see `Power.watts`.
  public func cost(tokensPerSecond: Double, gpus: Double, nodes: Double, utilisation: Double) -> ServingCost {
    let watts = power?.watts(gpus: gpus, nodes: nodes, utilisation: utilisation)
    let joules = watts.map { $0 / tokensPerSecond }
    let electricity = joules.flatMap { joules in pricePerKWh.map { joules / 3.6e6 * $0 * 1e6 } }
    let perHour =
      switch payment {
      case .hourly(let price): price * gpus
      case .purchase(let price, let years): price / (years * 8760) * gpus
      }
    var perMillion = perHour / 3600 / tokensPerSecond * 1e6
    if case .purchase = payment { perMillion += electricity ?? 0 }
    return ServingCost(
      perMillionTokens: perMillion, electricityPerMillionTokens: electricity, joulesPerToken: joules,
      tokensPerSecondPerDollar: 1e6 / perMillion / 3600)
  }

  /// What `init(settings:)` reads back.
  var text: String {
    var parts: [String]
    switch payment {
    case .hourly(let price): parts = ["pricePerGPUHour: \(shortNumber(price))"]
    case .purchase(let price, let years):
      parts = ["pricePerGPU: \(shortNumber(price))", "years: \(shortNumber(years))"]
    }
    if let power {
      parts.append("wattsPerGPU: \(shortNumber(power.gpu))")
      if let idle = power.idle { parts.append("idleWatts: \(shortNumber(idle))") }
      if power.node > 0 { parts.append("wattsPerNode: \(shortNumber(power.node))") }
    }
    if let pricePerKWh { parts.append("pricePerKWh: \(shortNumber(pricePerKWh))") }
    return "{" + parts.joined(separator: ", ") + "}"
  }
}

extension MachinePrice.Power {
  /// `wattsPerGPU`, `idleWatts` and `wattsPerNode` of a section; nil where it has none.
  fileprivate init?(settings: Settings) throws(InputError) {
    let watts = 0.001...1e9
    let gpu = try settings.optionalNumber("wattsPerGPU", in: watts)
    let idle = try settings.optionalNumber("idleWatts", in: watts)
    let node = try settings.optionalNumber("wattsPerNode", in: watts)
    guard let gpu else {
      for (key, value) in [("idleWatts", idle), ("wattsPerNode", node)] where value != nil {
        throw settings.error("given without wattsPerGPU", at: key)
      }
      return nil
    }
    if let idle, idle > gpu { throw settings.error("above wattsPerGPU", at: "idleWatts") }
    self.init(gpu: gpu, idle: idle, node: node ?? 0)
  }
}
