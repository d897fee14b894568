import Foundation
import RoutingTrace

/// What a trace's routing looks like in figures, gathered in one pass; memory does not grow with the number of steps.
public struct TraceStatistics: Sendable {
  public let header: TraceHeader
  /// Loads over time.
  package var loads: LoadAccumulator
  /// Of each step and layer: largest over mean expert load.
  package private(set) var imbalance = RatioHistogram()
  /// Shared experts of consecutive tokens of a sequence, and the pairs they were counted over.
  private var sharedWithNeighbour: UInt64 = 0
  private var neighbourPairs: UInt64 = 0
  /// What the steps carry beside their routing.
  private(set) var parts = StepParts()
  /// Tokens per sequence id.
  package private(set) var sequenceLengths: [UInt32: Int] = [:]
  /// Where tokens start, in the steps that say so.
  package private(set) var sources = SourceCounts()
  private(set) var touches: [TouchCount]
  /// Loads of the phases, where steps state them one by one.
  private(set) var phaseLoads: [Phase: PhaseLoad] = [:]
  private var pairs: PairCounts?
  /// That count.
  package let threads: Int
  private var previous: RoutingStep?
  /// Where the previous step holds the last token of each sequence.
  private var lastToken: [UInt32: Int] = [:]

  public init(_ header: TraceHeader) { self.init(header, threads: 1) }

  /// - Parameters:
  ///   - parts: numbers of ranks and nodes to look at beside the usual ones; divisors of the experts.
  ///   - countsRanks: whether ranks and nodes that tokens are on are counted at all.
  ///   - threads: that count.
  package init(_ header: TraceHeader, parts: [Int] = [], countsRanks: Bool = true, threads: Int) {
    self.header = header
    self.threads = threads
    loads = LoadAccumulator(layers: header.layers, experts: header.experts)
    pairs =
      header.content == .counts
      ? nil : PairCounts(layers: header.layers, experts: header.experts, topK: header.topK)
    touches =
      header.content == .counts || !countsRanks
      ? [] : Set(Self.rankCounts(experts: header.experts) + parts).sorted().map { TouchCount(parts: $0) }
  }

  /// The numbers of ranks that experts are spread over for figures per rank.
  static func rankCounts(experts: Int) -> [Int] { [4, 8, 16, 32, 64].filter { experts % $0 == 0 && $0 < experts } }

  /// Gathers the figures of a whole source.
  ///
  /// - Parameters:
  ///   - countsRanks: whether `ranksPerToken` is asked for.
  ///   - threads: that count.
  public init(
    _ source: any StepSource, countsRanks: Bool = true, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    self.init(source.header, countsRanks: countsRanks, threads: threads)
    let counted = CountedSteps(source, as: "reading")
    while let step = try counted.next() { add(step) }
  }

  public mutating func add(_ step: RoutingStep) {
    loads.add(step)
    parts.add(step, header: header)
    sources.add(step)
    if header.phase == nil, let phase = step.phase {
      phaseLoads[phase, default: PhaseLoad(layers: header.layers, experts: header.experts)].add(step)
    }
    addLoads(step)
    guard header.content == .tokens else { return }
    for index in touches.indices {
      touches[index].add(step, experts: header.experts, topK: header.topK ?? 1, threads: threads)
    }
    pairs?.add(step, topK: header.topK ?? 1, threads: threads)
    guard let sequences = step.sequences else { return }
    for sequence in sequences { sequenceLengths[sequence, default: 0] += 1 }
    addNeighbours(step, sequences)
  }

  /// Mean share of a token's experts that its predecessor in the sequence had; nil without sequences.
  public var neighbourOverlap: Double? {
    neighbourPairs == 0 ? nil : Double(sharedWithNeighbour) / Double(neighbourPairs) / Double(header.topK ?? 1)
  }

  /// The same for two tokens that choose independently with the trace's load.
  public var independentOverlap: Double {
    let load = loads.total
    let topK = Double(header.topK ?? 1)
    let perLayer = (0..<header.layers).map { layer in
      let row = load[layer * header.experts..<(layer + 1) * header.experts]
      let total = Double(row.reduce(0, +))
      return row.reduce(0) { $0 + pow(Double($1) / total * topK, 2) } / topK
    }
    return perLayer.reduce(0, +) / Double(header.layers)
  }

  /// Mean distinct ranks of a token, by number of ranks, experts placed in order; none where they were not counted.
  public var ranksPerToken: [(ranks: Int, mean: Double)] {
    Self.rankCounts(experts: header.experts).compactMap { ranks in touch(parts: ranks).map { (ranks, $0.mean) } }
  }

  /// Mean and largest number of distinct parts that a token's experts are on; nil for parts that were not looked at.
  func touch(parts: Int) -> (mean: Double, most: Int)? {
    touches.first { $0.parts == parts }.map { (Double($0.sum) / Double(loads.tokens * header.layers), $0.most) }
  }

  /// `[layers]` how many times as often as independence would give the experts of a token are chosen together; nil for
  /// counts, top-1, and more experts than pairs are counted for.
  public var pairLift: [Double]? {
    let lifts = (0..<header.layers).compactMap { pairs?.lift(layer: $0) }
    return lifts.count == header.layers ? lifts : nil
  }

  /// Mean of `pairLift` over layers.
  package var meanPairLift: Double? { pairLift.map { $0.reduce(0, +) / Double($0.count) } }

  private mutating func addLoads(_ step: RoutingStep) {
    var load = [UInt64](repeating: 0, count: header.experts)
    for layer in 0..<header.layers {
      step.load(ofLayer: layer, header, into: &load)
      loads.add(load, layer: layer)
      let total = load.reduce(0, &+)
      let ratio = total > 0 ? Double(load.max() ?? 0) * Double(load.count) / Double(total) : nil
      if let ratio { imbalance.add(ratio) }
      if let phase = step.phase { phaseLoads[phase]?.add(load, layer: layer, imbalance: ratio) }
    }
  }

  private mutating func addNeighbours(_ step: RoutingStep, _ sequences: [UInt32]) {
    var here: [UInt32: Int] = [:]
    for (token, sequence) in sequences.enumerated() {
      if let before = here[sequence] {
        count(step, token, step, before)
      } else if let previous, let before = lastToken[sequence] {
        count(step, token, previous, before)
      }
      here[sequence] = token
    }
    lastToken = here
    previous = step
  }

  private mutating func count(_ step: RoutingStep, _ token: Int, _ other: RoutingStep, _ before: Int) {
    let topK = header.topK ?? 1
    var shared: UInt64 = 0
    let (here, there) = (step.experts.span, other.experts.span)
    for layer in 0..<header.layers {
      let a = (layer * step.tokens + token) * topK
      let b = (layer * other.tokens + before) * topK
      for i in 0..<topK { for j in 0..<topK { shared &+= here[a &+ i] == there[b &+ j] ? 1 : 0 } }
      guard step.hasDropped, other.hasDropped else { continue }
      // Two that were dropped are no expert that both have.
      let dropped = [(step, a), (other, b)].map { step, first in
        step.experts[first..<first + topK].count { $0 == RoutingStep.dropped }
      }
      shared -= UInt64(dropped[0] * dropped[1])
    }
    sharedWithNeighbour += shared
    neighbourPairs += UInt64(header.layers)
  }
}

/// A histogram of ratios of 1…65,536 in 8192 logarithmic bins of 0.14 %.
package struct RatioHistogram: Sendable {
  private static let bins = 8192
  private var counts = [UInt64](repeating: 0, count: bins)
  private var total: UInt64 = 0
  private var sumOfLogarithms = 0.0

  mutating func add(_ ratio: Double) {
    let logarithm = log2(max(1, ratio))
    counts[min(Self.bins - 1, Int(logarithm / 16 * Double(Self.bins)))] += 1
    total += 1
    sumOfLogarithms += logarithm
  }

  /// Base-2 logarithm of the geometric mean.
  package var meanLogarithm: Double { total == 0 ? 0 : sumOfLogarithms / Double(total) }

  /// The ratio below which a share of the samples lies.
  func quantile(_ share: Double) -> Double {
    var rest = share * Double(total)
    for (bin, count) in counts.enumerated() {
      rest -= Double(count)
      if rest <= 0, count > 0 { return exp2((Double(bin) + 0.5) * 16 / Double(Self.bins)) }
    }
    return 1
  }

  /// Kolmogorov and Smirnov's distance between the two distributions.
  func distance(to other: RatioHistogram) -> Double {
    var (a, b, largest) = (0.0, 0.0, 0.0)
    for bin in 0..<Self.bins {
      a += Double(counts[bin]) / Double(max(1, total))
      b += Double(other.counts[bin]) / Double(max(1, other.total))
      largest = max(largest, abs(a - b))
    }
    return largest
  }
}
