import PerformanceModel
import RoutingTrace

/// Merges steps to batches of one size and adds up what they take; steps left over at the end make none, unless there is
/// no other.
struct AccumulationLedger: Sendable {
  private let batchSize: Int
  private let prices: BatchPrices
  private var experts: ExpertTimes
  /// `[layers][experts]` tokens of the batch being made.
  private var counts: [[Int]]
  private var steps = 0
  private var tokens = 0
  /// Of all batches.
  private var batches = 0
  private var allTokens = 0.0
  private var visits = 0.0
  /// Experts with a visit, over layers and batches.
  private var visited = 0.0
  private var fewest = 0.0
  /// `[choices]`, of the recording and of even loads.
  private var recorded: [PassTime]
  private var even: [PassTime]

  init(batchSize: Int, _ prices: BatchPrices) {
    self.batchSize = batchSize
    self.prices = prices
    experts = ExpertTimes(prices.pass)
    counts = Array(repeating: Array(repeating: 0, count: prices.header.experts), count: prices.header.layers)
    recorded = Array(repeating: PassTime(), count: prices.choices.count)
    even = recorded
  }

  mutating func add(_ step: RoutingStep) {
    let header = prices.header
    for layer in counts.indices {
      let load = step.load(ofLayer: layer, of: header.layers, experts: header.experts)
      for expert in load.indices { counts[layer][expert] += Int(load[expert]) }
    }
    steps += 1
    tokens += step.tokens
    if steps == batchSize { close() }
  }

  private mutating func close() {
    guard tokens > 0 else { return }
    let batch = Double(tokens)
    for (index, time) in prices.times(of: counts, batch: batch, &experts).enumerated() { recorded[index].add(time) }
    for (index, time) in prices.times(of: counts.map(Self.evened), batch: batch, &experts).enumerated() {
      even[index].add(time)
    }
    for layer in counts {
      let loads = layer.filter { $0 > 0 }
      visits += Double(loads.reduce(0, +))
      visited += Double(loads.count)
      fewest += Double(loads.min() ?? 0)
    }
    batches += 1
    allTokens += batch
    for layer in counts.indices { for expert in counts[layer].indices { counts[layer][expert] = 0 } }
    (steps, tokens) = (0, 0)
  }

  /// A layer's visits, as many of each expert as whole ones can be.
  private static func evened(_ counts: [Int]) -> [Int] {
    let (each, more) = counts.reduce(0, +).quotientAndRemainder(dividingBy: counts.count)
    return counts.indices.map { each + ($0 < more ? 1 : 0) }
  }

  /// What was added up, under the choice that is fastest; nil where no step has tokens, or no micro-batch fits.
  func batch() -> Accumulation.Batch? {
    var ledger = self
    if ledger.batches == 0 { ledger.close() }
    return ledger.summary
  }

  private var summary: Accumulation.Batch? {
    let prices = prices
    func passTime(_ index: Int, _ times: [PassTime]) -> Double {
      times[index].total + Double(batches) * prices.pass.firstFetch(prices.choices[index].residents)
    }
    // Of choices as fast as each other, the one that leaves the GPU most time.
    func fastest(_ times: [PassTime]) -> Int? {
      times.indices.min {
        (passTime($0, times), times[$0].ways.gpu) < (passTime($1, times), times[$1].ways.gpu)
      }
    }
    guard batches > 0, let best = fastest(recorded), let bestEven = fastest(even) else { return nil }
    let (choice, residents) = prices.choices[best]
    let count = Double(batches)
    let layers = count * Double(prices.header.layers)
    let ways = recorded[best].ways
    return Accumulation.Batch(
      batchSize: batchSize, tokens: allTokens / count,
      tokensPerExpert: .init(
        mean: visited > 0 ? visits / visited : 0, min: fewest / layers),
      coverage: visited / layers, link: ways.link / count, gpu: ways.gpu / count, cpu: ways.cpu / count,
      time: passTime(best, recorded) / count, boundBy: recorded[best].boundBy,
      tokensPerSecond: allTokens / passTime(best, recorded) * 1e6,
      evenTokensPerSecond: allTokens / passTime(bestEven, even) * 1e6,
      hostMemory: prices.pass.hostMemory(tokens: allTokens / count), gpuMemory: residents.bytes,
      microBatch: choice.microBatch, cpuShare: choice.cpuShare, residentExperts: residents.experts)
  }
}
