import Diagnostics

/// What a machine's servers take when ranks come or go, besides moving experts.
///
/// `elastic: {detect: 0 s, reconfigure: 6.5 s, recovery: replan, resume: 0 s}`
///
/// SGLang with 32 GPUs and DeepSeek-V3.2 was interrupted for 6.2 to 6.8 s, however many ranks failed (LMSYS blog,
/// 2026-03-17). How that divides is not published, so that it stands under `reconfigure`, which is the default.
public struct ElasticTimes: Equatable, Sendable {
  /// Microseconds until a failure is noticed; not of ranks that come or go as planned.
  public var detect: Double
  /// Microseconds until the ranks talk to each other again.
  public var reconfigure: Double
  /// Microseconds until requests go on that were interrupted.
  public var resume: Double
  /// Name of the rule of recovery after a failure.
  public var recovery: String

  public init(
    detect: Double = 0, reconfigure: Double = 6.5e6, resume: Double = 0, recovery: String = "replan"
  ) {
    self.detect = detect
    self.reconfigure = reconfigure
    self.resume = resume
    self.recovery = recovery
  }

  public init(settings: Settings) throws(InputError) {
    self.init()
    detect = try settings.optionalDuration("detect") ?? detect
    reconfigure = try settings.optionalDuration("reconfigure") ?? reconfigure
    resume = try settings.optionalDuration("resume") ?? resume
    if settings.contains("recovery") { recovery = try settings.string("recovery") }
    try settings.rejectUnknownKeys()
  }

  /// What `init(settings:)` reads back.
  var text: String {
    "{detect: \(shortTime(detect)), reconfigure: \(shortTime(reconfigure)), recovery: \(recovery), "
      + "resume: \(shortTime(resume))}"
  }
}
