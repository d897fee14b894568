import Foundation
import RoutingTrace

/// What a trace looks like: its shape, how unevenly its experts are loaded, and how alike its tokens are.
public struct TraceInspection: Codable, Equatable, Sendable {
  public struct Trace: Codable, Equatable, Sendable {
    public var name: String
    public var content: TraceHeader.Content
    public var steps: Int
    /// Absent for counts without a top-k.
    public var tokens: Int?
    /// Visits of experts in the first layer, for counts without a top-k.
    public var visits: Int?
    public var layers: Int
    public var experts: Int
    public var topK: Int?
    public var model: String?
    public var phase: Phase?
    public var provenance: TraceHeader.Provenance?
    public var sha256: String?
    /// The files in the order in which they were read; absent for one.
    public var files: [StoredFile]?
    /// How steps were drawn; absent where all were taken.
    public var selection: DrawnSelection?
    /// Smallest, mean and largest number of tokens in a step; absent for counts without a top-k.
    public var tokensPerStep: Spread?
    /// The same of visits, for counts without a top-k.
    public var visitsPerStep: Spread?
    /// What the trace carries beside its routing, and in how many steps.
    public var carries: StepParts
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
    /// Gini coefficient of the load: 0 is even.
    public var gini: Double
    /// Experts without a token.
    public var unusedExperts: Int
    /// Pearson correlation of the load in the first and second half of the steps; absent for one step or even load.
    public var halvesCorrelation: Double?
    /// How many times as often as independence would give two experts of a token are chosen together; absent for
    /// counts.
    public var pairLift: Double?
    /// `[experts]` tokens.
    public var load: [UInt64]
  }

  public struct MeanAndMax: Codable, Equatable, Sendable {
    public var mean: Double
    public var max: Double
  }

  /// Experts placed in order on a number of ranks.
  public struct Ranks: Codable, Equatable, Sendable {
    public var ranks: Int
    /// Largest over mean rank load, over layers.
    public var skewness: MeanAndMax
    /// Mean distinct ranks that a token's experts are on; absent for counts.
    public var ranksPerToken: Double?
    /// Absent where the ranks do not fill nodes.
    public var nodes: Int?
    /// Mean distinct nodes that a token's experts are on; absent for counts.
    public var nodesPerToken: Double?
    public var mostNodesPerToken: Int?
    /// The tokens of the busiest source over the mean, on average over tokens; absent for counts, and where groups that
    /// share attention do not make up the ranks.
    public var busiestSource: Double?
    /// What the model's router allows; absent without a limit.
    public var nodesPerTokenLimit: Int?
  }

  /// How much the load still resembles itself after some steps.
  public struct Drift: Codable, Equatable, Sendable {
    public var lag: Int
    /// Pearson correlation of the load, mean over layers and pairs of stretches of the trace.
    public var correlation: Double
  }

  public struct Steps: Codable, Equatable, Sendable {
    /// Largest over mean expert load of single steps and layers.
    public var median: Double
    public var p95: Double
  }

  /// Experts that a token shares with another, as a share of its top-k.
  public struct Overlap: Codable, Equatable, Sendable {
    /// With its predecessor in the sequence.
    public var neighbour: Double
    /// With one that chooses independently by the same load.
    public var independent: Double
  }

  public var trace: Trace
  public var perLayer: [Layer]
  /// Over layers.
  public var skewness: MeanAndMax
  /// Mean over layers.
  public var entropy: Double
  public var gini: Double
  /// Mean over the layers that have one.
  public var halvesCorrelation: Double?
  public var stepImbalance: Steps
  public var hottest: [Hottest]
  public var drift: [Drift]
  public var ranks: [Ranks]
  /// Co-activation: how many times as often as independence would give two experts of a token are chosen together, over
  /// layers; absent for counts and top-1.
  public var pairLift: MeanAndMax?
  /// Absent where all steps are of one phase.
  public var phases: Phases?
  /// Absent without sequences.
  public var overlap: Overlap?
  /// How many experts batches of tokens visit; absent for counts.
  public var coverage: [Coverage]?
  /// How often experts are at hand at best, with room for some; the least room first.
  public var minimumHits: [MinimumHits] = []
  /// What rules of replacement come to, for each room that was asked about; absent where none was.
  public var caches: [CacheSurvey]?
  /// What rewriting the router came to; absent for a trace as it was recorded.
  public var router: Router?
  /// What the reader has to know of how the steps were chosen.
  public var notes: [String] = []

  /// Reads the whole trace; memory does not grow with the number of its steps.
  ///
  /// - Throws: `InputError`: what the reader finds, or a layout that does not fit.
  public init(_ reader: TraceReader, layout: RankLayout = RankLayout()) throws {
    try self.init(reader, layout: layout) { reader.digest }
  }

  /// - Parameters:
  ///   - hotRatios: shares of a layer's experts, above 0 and at most 1: what the most loaded of so many get.
  ///   - residents: experts of any layer for which there is room, each a size to tell the hits of.
  ///   - digest: SHA-256 of the trace, asked for after the last step.
  public init(
    _ source: any StepSource, layout: RankLayout = RankLayout(), hotRatios: [Double] = usualHotRatios,
    residents: [Int] = [], digest: () -> String?
  ) throws {
    let sizes = try layout.sizes(experts: source.header.experts)
    try layout.sources.check(fits: source.header)
    var sources = try layout.assignments(sizes: sizes).map(SourceSurvey.init)
    var statistics = TraceStatistics(
      source.header, parts: sizes + sizes.compactMap(layout.nodes),
      threads: ProcessInfo.processInfo.activeProcessorCount)
    var rooms = try CacheRooms(source.header, capacities: residents)
    let header = source.header
    var coverage = header.content == .tokens ? header.topK.map { CoverageCount(header, topK: $0) } : nil
    let counted = CountedSteps(source, as: "reading")
    while let step = try counted.next() {
      statistics.add(step)
      rooms.add(step)
      coverage?.add(step)
      for index in sources.indices {
        sources[index].add(try sources[index].assignment.ranks(of: step, in: source.header))
      }
    }
    self.init(
      statistics, layout: layout, sizes: sizes, sources: sources, hotRatios: hotRatios, digest: digest())
    self.coverage = coverage?.coverage
    minimumHits = rooms.minimumHits
    caches = residents.isEmpty ? nil : rooms.surveys
    notes = source.notes + rooms.notes
    let origin = source.origin
    trace.files = origin.files.isEmpty ? nil : origin.files
    trace.selection = origin.selection
  }

  private init(
    _ statistics: TraceStatistics, layout: RankLayout, sizes: [Int], sources: [SourceSurvey], hotRatios: [Double],
    digest: String?
  ) {
    let header = statistics.header
    let loads = statistics.loads
    var layers = Self.layers(header, loads)
    if let lifts = statistics.pairLift {
      for (index, lift) in lifts.enumerated() { layers[index].pairLift = lift }
      pairLift = MeanAndMax(mean: lifts.reduce(0, +) / Double(lifts.count), max: lifts.max() ?? 0)
    }
    phases = Phases(statistics)
    let count = Double(layers.count)
    let correlations = layers.compactMap(\.halvesCorrelation)
    let spread = Spread(
      min: Double(loads.fewestTokens), mean: Double(loads.tokens) / Double(max(1, loads.steps)),
      max: Double(loads.mostTokens))
    // Where the top-k is not known, steps say how often experts were visited instead.
    let countsVisits = header.content == .counts && header.topK == nil
    trace = Trace(
      name: header.name, content: header.content, steps: loads.steps, tokens: countsVisits ? nil : loads.tokens,
      visits: countsVisits ? loads.tokens : nil, layers: header.layers, experts: header.experts, topK: header.topK,
      model: header.model, phase: header.phase, provenance: header.provenance, sha256: digest,
      tokensPerStep: countsVisits ? nil : spread, visitsPerStep: countsVisits ? spread : nil,
      carries: statistics.parts)
    perLayer = layers
    skewness = MeanAndMax(
      mean: layers.reduce(0) { $0 + $1.skewness } / count, max: layers.map(\.skewness).max() ?? 0)
    entropy = layers.reduce(0) { $0 + $1.entropy } / count
    gini = layers.reduce(0) { $0 + $1.gini } / count
    halvesCorrelation = correlations.isEmpty ? nil : correlations.reduce(0, +) / Double(correlations.count)
    stepImbalance = Steps(median: statistics.imbalance.quantile(0.5), p95: statistics.imbalance.quantile(0.95))
    hottest = Self.hottest(hotRatios, of: layers)
    drift = loads.drift.map { Drift(lag: $0.lag, correlation: $0.correlation) }
    ranks = sizes.map { size in
      var entry = Ranks(ranks: size, layers: layers, statistics: statistics, layout: layout)
      if header.content == .tokens { entry.busiestSource = sources.first { $0.assignment.ranks == size }?.busiest }
      return entry
    }
    overlap = statistics.neighbourOverlap.map { Overlap(neighbour: $0, independent: statistics.independentOverlap) }
  }

  private static func layers(_ header: TraceHeader, _ loads: LoadAccumulator) -> [Layer] {
    let halves = loads.halves
    return header.layerNumbers.enumerated().map { index, number in
      let range = index * header.experts..<(index + 1) * header.experts
      let (first, second) = (Array(halves.first[range]), Array(halves.second[range]))
      let total = zip(first, second).map { $0 + $1 }
      let load = total.map { Double($0) }
      return Layer(
        layer: number, skewness: LoadStatistics.skewness(load), entropy: LoadStatistics.relativeEntropy(load),
        gini: LoadStatistics.gini(load), unusedExperts: load.count { $0 == 0 },
        halvesCorrelation: LoadStatistics.correlation(first.map { Double($0) }, second.map { Double($0) }),
        load: total)
    }
  }
}

extension TraceInspection.Ranks {
  fileprivate init(
    ranks: Int, layers: [TraceInspection.Layer], statistics: TraceStatistics, layout: RankLayout
  ) {
    self.ranks = ranks
    let skewness = layers.map { layer in
      LoadStatistics.skewness(LoadStatistics.folded(layer.load.map { Double($0) }, into: ranks))
    }
    self.skewness = TraceInspection.MeanAndMax(
      mean: skewness.reduce(0, +) / Double(skewness.count), max: skewness.max() ?? 0)
    ranksPerToken = statistics.touch(parts: ranks)?.mean
    guard let nodes = layout.nodes(ranks: ranks) else { return }
    self.nodes = nodes
    nodesPerToken = statistics.touch(parts: nodes)?.mean
    mostNodesPerToken = statistics.touch(parts: nodes)?.most
    nodesPerTokenLimit = layout.nodesPerTokenLimit(nodes)
  }
}
