import Diagnostics
import Foundation

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

/// Figures of one layer's load.
enum LoadStatistics {
  static func skewness(_ load: [Double]) -> Double {
    let total = load.reduce(0, +)
    return total > 0 ? (load.max() ?? 0) * Double(load.count) / total : 0
  }

  static func relativeEntropy(_ load: [Double]) -> Double {
    let total = load.reduce(0, +)
    guard load.count > 1, total > 0 else { return 1 }
    return entropy(load, total: total) / log(Double(load.count))
  }

  private static func entropy(_ load: [Double], total: Double) -> Double {
    load.reduce(0) { $1 > 0 ? $0 - $1 / total * log($1 / total) : $0 }
  }

  /// Pearson's; nil when either side is even.
  static func correlation(_ a: [Double], _ b: [Double]) -> Double? {
    let count = Double(a.count)
    let meanA = a.reduce(0, +) / count
    let meanB = b.reduce(0, +) / count
    var (product, squareA, squareB) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      product += (x - meanA) * (y - meanB)
      squareA += (x - meanA) * (x - meanA)
      squareB += (y - meanB) * (y - meanB)
    }
    guard squareA > 0, squareB > 0 else { return nil }
    return product / (squareA * squareB).squareRoot()
  }
}

/// Loads of the two halves of a trace whose length is not known until its end.
///
/// Steps are added up in blocks; when there are 64 of them, neighbours merge and blocks become twice as long.
struct LoadAccumulator {
  private let layers: Int
  private let experts: Int
  private var blocks: [[UInt64]] = []
  private var stepsPerBlock = 1
  private var stepsInLast = 0
  private(set) var steps = 0
  private(set) var tokens = 0
  private(set) var fewestTokens = Int.max
  private(set) var mostTokens = 0

  init(layers: Int, experts: Int) {
    self.layers = layers
    self.experts = experts
  }

  mutating func add(_ step: RoutingStep, topK: Int?) {
    if blocks.isEmpty || stepsInLast == stepsPerBlock { startBlock() }
    stepsInLast += 1
    steps += 1
    tokens &+= step.tokens
    fewestTokens = min(fewestTokens, step.tokens)
    mostTokens = max(mostTokens, step.tokens)
    let perLayer = step.tokens * (topK ?? 0)
    let (layers, experts) = (layers, experts)
    blocks[blocks.count - 1].withUnsafeMutableBufferPointer { load in
      if step.counts.isEmpty {
        step.experts.withUnsafeBufferPointer { ids in
          for layer in 0..<layers {
            for i in layer * perLayer..<(layer + 1) * perLayer { load[layer &* experts &+ Int(ids[i])] &+= 1 }
          }
        }
      } else {
        for i in load.indices { load[i] &+= step.counts[i] }
      }
    }
  }

  private mutating func startBlock() {
    if blocks.count == 64 {
      blocks = stride(from: 0, to: 64, by: 2).map { first in zip(blocks[first], blocks[first + 1]).map { $0 &+ $1 } }
      stepsPerBlock *= 2
    }
    blocks.append([UInt64](repeating: 0, count: layers * experts))
    stepsInLast = 0
  }

  /// `[layers][experts]` tokens in the first and in the second half of the blocks.
  var halves: (first: [UInt64], second: [UInt64]) {
    let middle = (blocks.count + 1) / 2
    func sum(_ part: ArraySlice<[UInt64]>) -> [UInt64] {
      part.reduce(into: [UInt64](repeating: 0, count: layers * experts)) { total, block in
        for i in total.indices { total[i] &+= block[i] }
      }
    }
    return (sum(blocks[..<middle]), sum(blocks[middle...]))
  }
}
