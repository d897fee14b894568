import RoutingTrace

/// What the steps of one phase add up to.
struct PhaseLoad: Sendable {
  /// `[layers][experts]` tokens.
  private(set) var load: [UInt64]
  private(set) var steps = 0
  private(set) var tokens = 0
  /// Of each step and layer: largest over mean expert load.
  private(set) var imbalance = RatioHistogram()

  init(layers: Int, experts: Int) { load = Array(repeating: 0, count: layers * experts) }

  /// Takes in a step, before the load of its layers.
  mutating func add(_ step: RoutingStep) {
    steps += 1
    tokens &+= step.tokens
  }

  /// - Parameters:
  ///   - load: `[experts]` tokens per expert of the step taken in last.
  ///   - ratio: largest over mean; nil for a layer without tokens.
  mutating func add(_ load: [UInt64], layer: Int, imbalance ratio: Double?) {
    self.load.add(load, layer: layer)
    if let ratio { imbalance.add(ratio) }
  }
}

extension TraceInspection {
  /// The phases of a trace that has several, apart.
  public struct Phases: Codable, Equatable, Sendable {
    public struct Part: Codable, Equatable, Sendable {
      public var phase: Phase
      public var steps: Int
      /// Absent for counts without a top-k.
      public var tokens: Int?
      /// Visits of experts in the first layer, for counts without a top-k.
      public var visits: Int?
      /// Largest over mean expert load of the phase, over layers.
      public var skewness: MeanAndMax
      public var stepImbalance: Steps
    }

    public var parts: [Part]
    /// Pearson correlation of the load of prefill and of decode, mean over layers; absent if either has no steps.
    public var loadCorrelation: Double?

    /// - Returns: nil unless steps of at least two phases were seen.
    init?(_ statistics: TraceStatistics) {
      let (header, loads) = (statistics.header, statistics.phaseLoads)
      guard loads.count > 1 else { return nil }
      let countsVisits = header.content == .counts && header.topK == nil
      func rows(_ load: [UInt64]) -> [[Double]] {
        (0..<header.layers).map { load[$0 * header.experts..<($0 + 1) * header.experts].map { Double($0) } }
      }
      parts = Phase.allCases.compactMap { phase in
        guard let part = loads[phase] else { return nil }
        let skewness = rows(part.load).map { LoadStatistics.skewness($0) }
        return Part(
          phase: phase, steps: part.steps, tokens: countsVisits ? nil : part.tokens,
          visits: countsVisits ? part.tokens : nil,
          skewness: MeanAndMax(mean: skewness.reduce(0, +) / Double(skewness.count), max: skewness.max() ?? 0),
          stepImbalance: Steps(median: part.imbalance.quantile(0.5), p95: part.imbalance.quantile(0.95)))
      }
      guard let prefill = loads[.prefill], let decode = loads[.decode] else { return }
      let correlations = zip(rows(prefill.load), rows(decode.load)).compactMap {
        LoadStatistics.correlation($0, $1)
      }
      if !correlations.isEmpty { loadCorrelation = correlations.reduce(0, +) / Double(correlations.count) }
    }
  }
}
