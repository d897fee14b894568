import Diagnostics

/// What a trace looks like: its shape, and how unevenly its experts are loaded.
public struct TraceInspection: Codable, Equatable, Sendable {
  public struct Trace: Codable, Equatable, Sendable {
    public var name: String
    public var content: TraceHeader.Content
    public var steps: Int
    public var tokens: Int
    public var layers: Int
    public var experts: Int
    public var topK: Int?
    public var model: String?
    public var phase: Phase?
    public var provenance: TraceHeader.Provenance?
    public var sha256: String?
    /// Smallest, mean and largest number of tokens in a step.
    public var tokensPerStep: Spread
  }

  public struct Spread: Codable, Equatable, Sendable {
    public var min: Double
    public var mean: Double
    public var max: Double
  }

  public struct Layer: Codable, Equatable, Sendable {
    /// The layer's number in the model.
    public var layer: Int
    /// Largest over mean expert load (MoE-GPS, arXiv 2506.07366).
    public var skewness: Double
    /// Shannon entropy of the load over its largest possible value, log(experts): 1 is even.
    public var entropy: Double
    /// Experts without a token.
    public var unusedExperts: Int
    /// Pearson correlation of the load in the first and second half of the steps; absent for one step or even load.
    public var halvesCorrelation: Double?
  }

  public struct MeanAndMax: Codable, Equatable, Sendable {
    public var mean: Double
    public var max: Double
  }

  public var trace: Trace
  public var perLayer: [Layer]
  /// Over layers.
  public var skewness: MeanAndMax
  /// Mean over layers.
  public var entropy: Double
  /// Mean over the layers that have one.
  public var halvesCorrelation: Double?

  /// Reads the whole trace; memory does not grow with its length.
  public init(_ reader: TraceReader) throws {
    let header = reader.header
    var accumulator = LoadAccumulator(layers: header.layers, experts: header.experts)
    while let step = try reader.next() { accumulator.add(step, topK: header.topK) }
    let halves = accumulator.halves
    let layers = header.layerNumbers.enumerated().map { index, number in
      let range = index * header.experts..<(index + 1) * header.experts
      let first = halves.first[range].map { Double($0) }
      let second = halves.second[range].map { Double($0) }
      let load = zip(first, second).map { $0 + $1 }
      return Layer(
        layer: number, skewness: LoadStatistics.skewness(load), entropy: LoadStatistics.relativeEntropy(load),
        unusedExperts: load.count { $0 == 0 }, halvesCorrelation: LoadStatistics.correlation(first, second))
    }
    trace = Trace(
      name: header.name, content: header.content, steps: accumulator.steps, tokens: accumulator.tokens,
      layers: header.layers, experts: header.experts, topK: header.topK, model: header.model, phase: header.phase,
      provenance: header.provenance, sha256: reader.digest,
      tokensPerStep: Spread(
        min: Double(accumulator.fewestTokens), mean: Double(accumulator.tokens) / Double(max(1, accumulator.steps)),
        max: Double(accumulator.mostTokens)))
    perLayer = layers
    let count = Double(layers.count)
    skewness = MeanAndMax(
      mean: layers.reduce(0) { $0 + $1.skewness } / count, max: layers.map(\.skewness).max() ?? 0)
    entropy = layers.reduce(0) { $0 + $1.entropy } / count
    let correlations = layers.compactMap(\.halvesCorrelation)
    halvesCorrelation = correlations.isEmpty ? nil : correlations.reduce(0, +) / Double(correlations.count)
  }
}
