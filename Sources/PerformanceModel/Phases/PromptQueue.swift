/// Prompts that come at random and are read one at a time, each in the same time (M/D/1, as in DistServe, arXiv
/// 2401.09670).
public struct PromptQueue: Equatable, Sendable {
  /// Microseconds of a prompt, above 0.
  public let service: Double

  public init(service: Double) { self.service = service }

  /// Microseconds that a prompt waits for those before it, on average: R · D² / (2 · (1 − R · D)); nil where they come
  /// as fast as they are read, or faster, so that the queue grows without end.
  ///
  /// - Parameter rate: prompts per microsecond.
  public func wait(rate: Double) -> Double? {
    let busy = rate * service
    return busy < 1 ? busy * service / (2 * (1 - busy)) : nil
  }

  /// Prompts per microsecond that wait so long on average; above it they wait longer.
  ///
  /// - Parameter wait: microseconds, 0 or more.
  public func rate(wait: Double) -> Double {
    wait.isFinite ? 2 * wait / (service * (service + 2 * wait)) : 1 / service
  }
}
