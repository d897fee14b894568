import Diagnostics

/// The sizes of a model's attention: grouped-query (`heads`, `headSize`, `keyValueHeads`), or multi-head latent attention
/// when `latent` is given (DeepSeek-V2, arXiv 2405.04434).
public struct AttentionShape: Equatable, Sendable {
  public var heads: Int
  public var headSize: Int
  /// Heads whose keys and values are kept; all of them unless given.
  public var keyValueHeads: Int
  /// Width of the compressed keys and values that latent attention keeps.
  public var latent: Int?
  /// Width of the rotary part that latent attention keeps beside them.
  public var rotary: Int
  /// Width of compressed queries, where there are any.
  public var queryRank: Int?

  public init(
    heads: Int, headSize: Int, keyValueHeads: Int? = nil, latent: Int? = nil, rotary: Int = 0, queryRank: Int? = nil
  ) {
    self.heads = heads
    self.headSize = headSize
    self.keyValueHeads = keyValueHeads ?? heads
    self.latent = latent
    self.rotary = rotary
    self.queryRank = queryRank
  }

  public init(settings: Settings) throws(InputError) {
    self.init(
      heads: try settings.integer("heads", in: 1...65_536), headSize: try settings.integer("headSize", in: 1...65_536),
      keyValueHeads: try settings.optionalInteger("keyValueHeads", in: 1...65_536),
      latent: try settings.optionalInteger("latent", in: 1...65_536),
      rotary: try settings.optionalInteger("rotary", in: 0...65_536) ?? 0,
      queryRank: try settings.optionalInteger("queryRank", in: 1...65_536))
    try settings.rejectUnknownKeys()
  }

  /// Parameters of one layer's projections in a model of this hidden size.
  public func parameters(hidden: Int) -> Double {
    let (h, n, d) = (Double(hidden), Double(heads), Double(headSize))
    guard let latent else { return h * d * (n + 2 * Double(keyValueHeads)) + n * d * h }
    let query = n * (d + Double(rotary))
    let queries = queryRank.map { Double($0) * (h + query) } ?? h * query
    return queries + h * Double(latent + rotary) + Double(latent) * n * 2 * d + n * d * h
  }

  /// Values that one layer keeps per token.
  public var keptValues: Double {
    latent.map { Double($0 + rotary) } ?? 2 * Double(keyValueHeads * headSize)
  }

  /// Operations of one layer per token and token attended to. Decode with latent attention works on the compressed values
  /// (weights absorbed); prefill and grouped-query attention on heads.
  public func scoreFlops(isDecode: Bool) -> Double {
    guard let latent else { return 4 * Double(heads * headSize) }
    return isDecode
      ? 2 * Double(heads) * Double(2 * latent + rotary) : 2 * Double(heads) * Double(2 * headSize + rotary)
  }
}
