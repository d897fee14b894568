import Diagnostics
import Foundation
import RoutingTrace

/// How close one trace's routing comes to another's.
public struct RoutingComparison: Codable, Equatable, Sendable {
  public struct Pair: Codable, Equatable, Sendable {
    public var trace: Double
    public var reference: Double

    public init(trace: Double, reference: Double) {
      self.trace = trace
      self.reference = reference
    }
  }

  public struct Layer: Codable, Equatable, Sendable {
    /// The layer's number in the model.
    public var layer: Int
    /// Kullback–Leibler divergence of the trace's load from the reference's, in nats.
    public var divergence: Double
    /// Spearman's rank correlation of the experts' loads.
    public var rankCorrelation: Double?
    public var skewness: Pair
  }

  public struct RanksPerToken: Codable, Equatable, Sendable {
    public var ranks: Int
    public var mean: Pair
  }

  public var perLayer: [Layer]
  public var skewnessMean: Pair
  public var skewnessMax: Pair
  /// Median over steps and layers of max/mean expert load.
  public var stepImbalance: Pair
  /// Kolmogorov–Smirnov distance of the distributions of max/mean expert load over steps and layers.
  public var stepImbalanceDistance: Double
  /// Share of a token's experts that its predecessor in the sequence had.
  public var neighbourOverlap: Pair?
  /// How many times as often as independence would give two experts of a token are chosen together, mean over layers.
  public var pairLift: Pair?
  /// Distinct ranks of a token, experts placed in order.
  public var ranksPerToken: [RanksPerToken]

  /// - Throws: `InputError` (usage) for traces of different shapes.
  public init(_ trace: TraceStatistics, reference: TraceStatistics) throws(InputError) {
    let header = trace.header
    try Self.checkShapes(header, reference: reference.header)
    let (load, referenceLoad) = (trace.loads.total, reference.loads.total)
    perLayer = header.layerNumbers.enumerated().map { index, number in
      let range = index * header.experts..<(index + 1) * header.experts
      let (a, b) = (load[range].map { Double($0) }, referenceLoad[range].map { Double($0) })
      return Layer(
        layer: number, divergence: LoadStatistics.divergence(a, from: b),
        rankCorrelation: LoadStatistics.correlation(LoadStatistics.ranks(a), LoadStatistics.ranks(b)),
        skewness: Pair(trace: LoadStatistics.skewness(a), reference: LoadStatistics.skewness(b)))
    }
    let count = Double(perLayer.count)
    skewnessMean = Pair(
      trace: perLayer.reduce(0) { $0 + $1.skewness.trace } / count,
      reference: perLayer.reduce(0) { $0 + $1.skewness.reference } / count)
    skewnessMax = Pair(
      trace: perLayer.map(\.skewness.trace).max() ?? 0, reference: perLayer.map(\.skewness.reference).max() ?? 0)
    stepImbalance = Pair(trace: trace.imbalance.quantile(0.5), reference: reference.imbalance.quantile(0.5))
    stepImbalanceDistance = trace.imbalance.distance(to: reference.imbalance)
    if let overlap = trace.neighbourOverlap, let other = reference.neighbourOverlap {
      neighbourOverlap = Pair(trace: overlap, reference: other)
    }
    if let lift = trace.meanPairLift, let other = reference.meanPairLift {
      pairLift = Pair(trace: lift, reference: other)
    }
    ranksPerToken = zip(trace.ranksPerToken, reference.ranksPerToken).map {
      RanksPerToken(ranks: $0.ranks, mean: Pair(trace: $0.mean, reference: $1.mean))
    }
  }
}

extension RoutingComparison {
  /// - Throws: `InputError` (usage) for traces of different shapes, which cannot be compared.
  package static func checkShapes(_ header: TraceHeader, reference: TraceHeader) throws(InputError) {
    guard header.layers == reference.layers, header.experts == reference.experts else {
      throw InputError(
        "\(header.layers) layers of \(header.experts) experts, the reference has \(reference.layers) of "
          + "\(reference.experts)", status: .usage)
    }
  }
}

extension LoadStatistics {
  /// Kullback–Leibler divergence in nats; half a token is added to every expert, so that none is impossible.
  static func divergence(_ load: [Double], from reference: [Double]) -> Double {
    let total = load.reduce(0) { $0 + $1 + 0.5 }
    let referenceTotal = reference.reduce(0) { $0 + $1 + 0.5 }
    return zip(reference, load).reduce(0) { sum, pair in
      let p = (pair.0 + 0.5) / referenceTotal
      return sum + p * log(p / ((pair.1 + 0.5) / total))
    }
  }

  /// Ranks from 0; equal values share their mean rank.
  static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for i in start..<end { ranks[order[i]] = Double(start + end - 1) / 2 }
      start = end
    }
    return ranks
  }
}
