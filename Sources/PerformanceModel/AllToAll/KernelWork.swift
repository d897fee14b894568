import Diagnostics

/// What the kernels of dispatch or of combine do besides sending bytes.
///
///     stages  up, out: the busiest scale-up port's bytes and NIC's, at their bandwidth
///             work = (most tokens of a source · tokenTime
///                     + most copies that a rank sends or receives, its own counted in
///                       · (copyTime + copy bytes / copyBandwidth)) · max(1, blocks / experts)
///     T = latency + expertLatency · experts + hiddenLatency · hidden + longest + min(fill, sum of the other stages)
///
/// `fill` is what stages that run beside each other take one after another until the buffers between them are full.
/// docs/models.md says which measurement made each term necessary.
public struct KernelWork: Equatable, Sendable {
  /// Microseconds per expert of the model: a count goes to each.
  public var expertLatency = 0.0
  /// Microseconds per value of the hidden state.
  public var hiddenLatency = 0.0
  /// Microseconds per token of a source.
  public var tokenTime = 0.0
  /// Microseconds per copy, whatever it weighs.
  public var copyTime = 0.0
  /// Bytes per microsecond that pass through the kernels; nil for any number.
  public var copyBandwidth: Double?
  /// Thread blocks that are dealt out by expert, so that few experts leave some idle; 0 where they are not.
  public var blocks = 0
  /// Microseconds, by group size; infinite where stages run one after another.
  public var fill = Latency(0)

  public static let none = KernelWork()

  public init() {}

  init(settings: Settings) throws(InputError) {
    expertLatency = try settings.optionalDuration("expertLatency") ?? 0
    hiddenLatency = try settings.optionalDuration("hiddenLatency") ?? 0
    tokenTime = try settings.optionalDuration("tokenTime") ?? 0
    copyTime = try settings.optionalDuration("copyTime") ?? 0
    copyBandwidth = try settings.optionalBandwidth("copyBandwidth")
    blocks = try settings.optionalInteger("blocks", in: 0...65_536) ?? 0
    fill =
      (try? settings.string("fill")) == "unlimited" ? Latency(.infinity) : try Latency(settings: settings, key: "fill")
    try settings.rejectUnknownKeys()
  }

  /// What `init(settings:)` reads back; nil for none.
  var text: String? {
    let times = [
      ("expertLatency", expertLatency), ("hiddenLatency", hiddenLatency), ("tokenTime", tokenTime),
      ("copyTime", copyTime),
    ]
    var parts = times.filter { $1 > 0 }.map { "\($0): \(shortTime($1))" }
    if let copyBandwidth { parts.append("copyBandwidth: \(shortNumber(copyBandwidth / 1e3)) GB/s") }
    if blocks > 0 { parts.append("blocks: \(blocks)") }
    if fill == Latency(.infinity) {
      parts.append("fill: unlimited")
    } else if fill != Latency(0) {
      parts.append("fill: \(fill.text)")
    }
    return parts.isEmpty ? nil : "{" + parts.joined(separator: ", ") + "}"
  }

  /// Whether a stage of its own, beside the ports', takes time.
  var hasStage: Bool { tokenTime > 0 || copyTime > 0 || copyBandwidth != nil }

  /// Microseconds before anything is sent.
  func latency(of shape: TokenShape?) -> Double {
    guard let shape else { return 0 }
    return expertLatency * Double(shape.experts) + hiddenLatency * Double(shape.hidden)
  }

  /// Microseconds of the stage between the ports.
  func time(of handled: HandledCopies, bytesPerCopy: Double, shape: TokenShape?) -> Double {
    let copies = handled.copies * (copyTime + (copyBandwidth.map { bytesPerCopy / $0 } ?? 0))
    let idle = shape.map { max(1, Double(blocks) / Double($0.experts)) } ?? 1
    return (handled.tokens * tokenTime + copies) * idle
  }
}

/// The work of a cluster's kernels: `work: {dispatch: {…}, combine: {…}}`.
public struct OperationWork: Equatable, Sendable {
  public var dispatch = KernelWork.none
  public var combine = KernelWork.none

  public static let none = OperationWork()

  public init() {}

  init(settings: Settings) throws(InputError) {
    dispatch = try settings.optionalSection("dispatch").map(KernelWork.init(settings:)) ?? .none
    combine = try settings.optionalSection("combine").map(KernelWork.init(settings:)) ?? .none
    try settings.rejectUnknownKeys()
  }

  /// What `init(settings:)` reads back; nil for none.
  var text: String? {
    let parts = [("dispatch", dispatch.text), ("combine", combine.text)].compactMap { name, text in
      text.map { "\(name): \($0)" }
    }
    return parts.isEmpty ? nil : "{" + parts.joined(separator: ", ") + "}"
  }
}

/// What the busiest rank's kernels handle.
public struct HandledCopies: Equatable, Sendable {
  /// Tokens of the source that has most.
  public var tokens = 0.0
  /// Copies of the rank that sends or receives most, its own tokens' counted in.
  public var copies = 0.0

  public init(tokens: Double = 0, copies: Double = 0) {
    self.tokens = tokens
    self.copies = copies
  }
}
