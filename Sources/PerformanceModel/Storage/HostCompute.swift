/// What a rank's part of its host takes to compute experts whose weights lie in the host's memory.
///
///     max(weights / memory bandwidth, 2 · tokens · parameters / flops) + 2 · tokens · hidden · 2 bytes / link
///
/// the last part being the tokens on their way there and back. Source of the trade-off: Fiddler, arXiv 2402.07033.
public struct HostCompute: Equatable, Sendable {
  private let weights: Double
  private let operations: Double
  private let activations: Double

  /// Nil where the host does not say how fast it computes.
  public init?(_ host: StorageDevice?, model: ModelShape) {
    guard let host, let flopRate = host.flopRate, let memoryBandwidth = host.memoryBandwidth else { return nil }
    weights = model.expertBytes / memoryBandwidth
    operations = 2 * model.expertParameters / flopRate
    activations = 2 * Double(model.hidden) * 2 / host.bandwidth
  }

  /// Microseconds of one expert.
  public func time(tokens: Double) -> Double { max(weights, tokens * operations) + tokens * activations }
}
