/// How many servers of each phase a stream of tokens keeps busy: I / P for prefill and O / P for decode.
///
/// A server is whatever the rates are of, such as a node or a group of ranks.
public struct PhaseDemand: Equatable, Sendable {
  public let prefill: Double
  public let decode: Double

  /// Any unit of time, the same for all four rates.
  ///
  /// - Parameters:
  ///   - input: tokens of prompts that come in.
  ///   - output: tokens that are written.
  ///   - prefillRate: tokens that a server of prefill reads.
  ///   - decodeRate: tokens that a server of decode writes.
  ///   - cached: part of the input whose keys and values are at hand, 0 up to 1, and which is not read again. It is 0 where
  ///     `prefillRate` counts it as read, as DeepSeek's published rate does: it must not be taken off twice.
  public init(input: Double, output: Double, prefillRate: Double, decodeRate: Double, cached: Double = 0) {
    prefill = input * (1 - cached) / prefillRate
    decode = output / decodeRate
  }

  public var total: Double { prefill + decode }
}
