extension Screening {
  /// What would turn the verdict of the choice, or its sign.
  public struct Flip: Codable, Equatable, Sendable {
    public enum Cause: String, Codable, CaseIterable, Sendable {
      /// Speed of the links, by pricing.
      case links
      /// Bandwidth of the GPUs' memory, by pricing.
      case memoryBandwidth = "memory-bandwidth"
      /// Tokens of a step, by merging steps of the recording.
      case batch
      /// Unevenness of the experts' popularity, by the workload fitted to the recording.
      case skew
    }

    public var cause: Cause
    /// How many times as much as now; for batch and skew the first tried at which it is turned.
    public var factor: Double
    /// What it then is: GB/s, tokens of a step, or max / mean expert load; absent where that is not one number.
    public var value: Double?
    /// The gain there.
    public var gain: Double
  }

  /// Where expert kernels become bound by arithmetic.
  public struct Ridge: Codable, Equatable, Sendable {
    /// Tokens of a step, mean.
    public var tokensPerStep: Double
    /// Operations on tokens for each byte of the slowest rank's kernels.
    public var intensity: Double
    /// Operations per byte above which the kernels are bound by arithmetic.
    public var ridgePoint: Double
    /// Tokens of a step at the ridge, if bytes stay as they are: `tokensPerStep · ridgePoint / intensity`.
    public var tokensAtRidge: Double?
  }
}
