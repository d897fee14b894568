import Diagnostics

/// A prompt's keys and values on their way from the ranks that read it to those that go on writing.
///
///     bytes = 2 · kept values · layers · tokens         (bf16)
///
/// They are sent layer by layer while prefill runs, so that what the first token waits for is only what is left of
/// them; see `exposed(time:prefill:)`.
public struct KVTransfer: Equatable, Sendable {
  /// Of all layers and tokens.
  public let bytes: Double
  /// That keep keys and values: MoE and dense ones.
  public let layers: Int

  /// - Parameter tokens: of the prompt, 0 or more; those found in a cache are sent, too.
  /// - Throws: `InputError` (usage) for a model whose file does not describe its attention.
  public init(of model: ModelShape, tokens: Double) throws(InputError) {
    guard let attention = model.attention else {
      throw InputError("keys and values need attention", in: "model \(model.name)", status: .usage)
    }
    layers = model.layers
    bytes = 2 * attention.keptValues * Double(layers) * tokens
  }

  /// Microseconds over a link of this bandwidth, bytes per microsecond.
  public func time(bandwidth: Double) -> Double { bytes / bandwidth }

  /// Microseconds that the transfer lasts longer than prefill: the last layer's, which cannot leave before it is
  /// computed, or all that the link does not keep up with.
  ///
  /// - Parameters:
  ///   - time: of the transfer.
  ///   - prefill: of the prompt.
  public func exposed(time: Double, prefill: Double) -> Double { max(time / Double(layers), time - prefill) }
}
