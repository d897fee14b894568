import Diagnostics

/// How much of a layer's communication runs beside its computation, and how fast both run meanwhile.
///
/// Kernels that run beside each other share memory bandwidth and multiprocessors. Each goes at its speed beside the other
/// until one ends, and the other at full speed from then on: what both take away from each other is a law of any two
/// kernels with different bottlenecks (arXiv 2410.07531 hides random numbers behind GEMMs so).
public struct Overlap: Equatable, Sendable {
  /// 0 adds the two up, 1 hides as much of one behind the other as there is.
  public let fraction: Double
  /// Speed of communication beside computation, as a fraction of its speed alone. DeepSeek-V3's training trace shows 0.77
  /// to 0.86.
  public let derate: Double
  /// Speed of computation beside communication, likewise; nil where that is not stated, and computation not slowed down.
  public let computeDerate: Double?

  public static let none = Overlap(fraction: 0)
  public static let full = Overlap(fraction: 1)

  public init(fraction: Double, derate: Double = 1, computeDerate: Double? = nil) {
    precondition((0...1).contains(fraction) && derate > 0 && derate <= 1)
    precondition(computeDerate.map { $0 > 0 && $0 <= 1 } ?? true)
    self.fraction = fraction
    self.derate = derate
    self.computeDerate = computeDerate
  }

  /// `none`, `full`, a fraction between 0 and 1, or `{fraction: 0.8, derate: 0.8}` with `computeDerate: 0.85` or with the
  /// multiprocessors that communication takes, `sms: 20`; none when the key is absent.
  ///
  /// - Parameter multiprocessors: of the GPU; nil where the cluster does not say.
  init(settings: Settings, key: String, multiprocessors: Int?) throws(InputError) {
    if settings.isSection(key) {
      let section = try settings.section(key)
      self.init(
        fraction: try section.number("fraction", in: 0...1),
        derate: try section.optionalNumber("derate", in: 0.01...1) ?? 1,
        computeDerate: try Self.computeDerate(section, multiprocessors: multiprocessors))
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

  private static func computeDerate(_ section: Settings, multiprocessors: Int?) throws(InputError) -> Double? {
    let stated = try section.optionalNumber("computeDerate", in: 0.01...1)
    guard let taken = try section.optionalInteger("sms", in: 0...65_535) else { return stated }
    guard stated == nil else {
      throw section.error("computeDerate says it already; give one of the two", at: "sms")
    }
    guard let multiprocessors else {
      throw section.error("of how many? The cluster needs gpu.multiprocessors", at: "sms")
    }
    guard taken < multiprocessors else {
      throw section.error("\(taken) of \(multiprocessors) multiprocessors leave none to compute", at: "sms")
    }
    return 1 - Double(taken) / Double(multiprocessors)
  }

  /// Of computation beside communication; 1 where nothing is stated.
  public var computeSpeed: Double { computeDerate ?? 1 }

  /// What both get done beside each other more than one does alone: below 0, overlapping costs time.
  private var surplus: Double { derate + (computeSpeed - 1) }

  /// Whether the cluster overlaps, and every layer takes longer for it, however long its parts are.
  public var costsTime: Bool { fraction > 0 && surplus < 0 }

  /// Why it costs time, for a note; nil where it does not.
  package var loss: String? {
    guard costsTime else { return nil }
    return "beside each other communication runs at \(shortNumber(derate)) and computation at "
      + "\(shortNumber(computeSpeed)) of its speed, together less than either alone"
  }

  /// What a microsecond of communication that runs beside computation hides, where communication ends first.
  var hiddenOfCommunication: Double { surplus / derate }
  /// The same of computation, where that ends first.
  var hiddenOfComputation: Double { surplus / computeSpeed }

  /// Whether communication ends first when both start at once.
  func endsFirst(communication: Double, experts: Double) -> Bool {
    communication * computeSpeed <= experts * derate
  }

  /// Microseconds less than both one after the other; negative where overlapping costs time.
  func saved(communication: Double, experts: Double) -> Double {
    endsFirst(communication: communication, experts: experts)
      ? fraction * (communication * hiddenOfCommunication) : fraction * (experts * hiddenOfComputation)
  }

  /// Microseconds in which both run.
  func shared(communication: Double, experts: Double) -> Double {
    fraction * min(communication, derate * experts / computeSpeed) / derate
  }

  /// As a cluster's file has it.
  var text: String {
    guard derate < 1 || computeDerate != nil else {
      return fraction == 0 ? "none" : fraction == 1 ? "full" : shortNumber(fraction)
    }
    var parts = ["fraction: \(shortNumber(fraction))", "derate: \(shortNumber(derate))"]
    if let computeDerate { parts.append("computeDerate: \(shortNumber(computeDerate))") }
    return "{" + parts.joined(separator: ", ") + "}"
  }
}
