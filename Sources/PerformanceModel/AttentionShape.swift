import Diagnostics

/// The sizes of a model's attention: grouped-query (`heads`, `headSize`, `keyValueHeads`), or multi-head latent attention
/// when `latent` is given (DeepSeek-V2, arXiv 2405.04434).
public struct AttentionShape: Hashable, Sendable {
  public var heads: Int
  /// Width of a head's queries and keys without their rotary part, and of its values unless `valueSize` is given.
  public var headSize: Int
  public var valueSize: Int
  /// Heads whose keys and values are kept; all of them unless given.
  public var keyValueHeads: Int
  /// Width of the compressed keys and values that latent attention keeps.
  public var latent: Int?
  /// Width of the rotary part that latent attention keeps beside them.
  public var rotary: Int
  /// Width of compressed queries, where there are any.
  public var queryRank: Int?

  public init(
    heads: Int, headSize: Int, valueSize: Int? = nil, keyValueHeads: Int? = nil, latent: Int? = nil, rotary: Int = 0,
    queryRank: Int? = nil
  ) {
    self.heads = heads
    self.headSize = headSize
    self.valueSize = valueSize ?? headSize
    self.keyValueHeads = keyValueHeads ?? heads
    self.latent = latent
    self.rotary = rotary
    self.queryRank = queryRank
  }

  public init(settings: Settings) throws(InputError) {
    self.init(
      heads: try settings.integer("heads", in: 1...65_536), headSize: try settings.integer("headSize", in: 1...65_536),
      valueSize: try settings.optionalInteger("valueSize", in: 1...65_536),
      keyValueHeads: try settings.optionalInteger("keyValueHeads", in: 1...65_536),
      latent: try settings.optionalInteger("latent", in: 1...65_536),
      rotary: try settings.optionalInteger("rotary", in: 0...65_536) ?? 0,
      queryRank: try settings.optionalInteger("queryRank", in: 1...65_536))
    try settings.rejectUnknownKeys()
  }

  /// The part of one of `ranks` ranks that share the heads (tensor-parallel), the one with most of them. What heads have
  /// in common is on each: compressed queries, keys and values, and a head of keys and values that several read.
  public func part(ofRanks ranks: Int) -> AttentionShape {
    var part = self
    part.heads = (heads + ranks - 1) / ranks
    part.keyValueHeads = (keyValueHeads + ranks - 1) / ranks
    return part
  }

  /// Parameters of one layer's projections in a model of this hidden size.
  public func parameters(hidden: Int) -> Double {
    let (h, n, d, v) = (Double(hidden), Double(heads), Double(headSize), Double(valueSize))
    guard let latent else { return h * (n * d + Double(keyValueHeads) * (d + v)) + n * v * h }
    let query = n * (d + Double(rotary))
    let queries = queryRank.map { Double($0) * (h + query) } ?? h * query
    return queries + h * Double(latent + rotary) + Double(latent) * n * (d + v) + n * v * h
  }

  /// Values that one layer keeps per token.
  public var keptValues: Double {
    latent.map { Double($0 + rotary) } ?? Double(keyValueHeads * (headSize + valueSize))
  }

  /// Operations of one layer per token and token attended to. Decode with latent attention works on the compressed values
  /// (weights absorbed); prefill and grouped-query attention on heads.
  public func scoreFlops(isDecode: Bool) -> Double {
    guard let latent else { return 2 * Double(heads * (headSize + valueSize)) }
    return 2 * Double(heads) * Double(isDecode ? 2 * latent + rotary : headSize + rotary + valueSize)
  }
}
