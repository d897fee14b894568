import PerformanceModel
import RoutingTrace

/// The ways that a batch's layers take, under each choice.
struct BatchPrices: Sendable {
  /// Tokens that an expert is computed on at once, at most this.
  private static let largestMicroBatch = 1 << 20

  let pass: AccumulatedPass
  let header: TraceHeader
  /// `[layers][experts]`, those that stay on the GPU first.
  private let order: [[Int]]
  let choices: [(choice: AccumulatedPass.Choice, residents: AccumulatedPass.Residents)]

  init(_ pass: AccumulatedPass, header: TraceHeader, order: [[Int]]) {
    self.pass = pass
    self.header = header
    self.order = order
    let microBatches = sequence(first: 1) { $0 < Self.largestMicroBatch ? 2 * $0 : nil }
    choices = microBatches.compactMap { size in pass.residents(microBatch: size).map { (size, $0) } }
      .flatMap { size, residents in
        pass.cpuShares.map { (.init(microBatch: size, cpuShare: $0), residents) }
      }
  }

  /// `[choices]` time of a pass without its first fetch, and of its ways, over all layers of the model.
  ///
  /// - Parameter tokens: `[layers][experts]` of a batch.
  func times(of tokens: [[Int]], batch: Double, _ experts: inout ExpertTimes) -> [PassTime] {
    let scale = Double(pass.model.moeLayers) / Double(header.layers)
    var times = Array(repeating: PassTime(), count: choices.count)
    for (layer, counts) in tokens.enumerated() {
      let fetched = fetched(counts, order: order[layer])
      let most = counts.max() ?? 0
      var (size, time) = (0, 0.0)
      for (index, (choice, residents)) in choices.enumerated() {
        if choice.microBatch != size, size == 0 || size < most {
          time = experts.time(of: counts, microBatch: choice.microBatch)
        }
        size = choice.microBatch
        let ways = pass.moeLayer(
          fetched: fetched[residents.experts], expertTime: time, tokens: batch, cpuShare: choice.cpuShare, residents)
        times[index].add(ways, times: scale)
      }
    }
    let dense = Double(pass.model.layers - pass.model.moeLayers)
    if dense > 0 {
      for (index, (choice, residents)) in choices.enumerated() {
        times[index].add(pass.denseLayer(tokens: batch, cpuShare: choice.cpuShare, residents), times: dense)
      }
    }
    return times
  }

  /// `[residents]` experts that are visited and not among the first so many.
  private func fetched(_ counts: [Int], order: [Int]) -> [Int] {
    var fetched = Array(repeating: 0, count: order.count + 1)
    for place in order.indices.reversed() { fetched[place] = fetched[place + 1] + (counts[order[place]] > 0 ? 1 : 0) }
    return fetched
  }
}

/// The time of passes, added up.
struct PassTime: Sendable {
  private(set) var total = 0.0
  private(set) var ways = AccumulatedPass.Ways()
  /// Time of the layers whose longest way is this one.
  private var longest = AccumulatedPass.Ways()

  mutating func add(_ layer: AccumulatedPass.Ways, times count: Double) {
    let time = layer.longest * count
    total += time
    ways = ways + layer * count
    switch layer.longest {
    case layer.link: longest.link += time
    case layer.gpu: longest.gpu += time
    default: longest.cpu += time
    }
  }

  mutating func add(_ other: PassTime) {
    total += other.total
    ways = ways + other.ways
    longest = longest + other.longest
  }

  /// The way that is the longest in the layers that take most of the time.
  var boundBy: String {
    switch longest.longest {
    case longest.link: "link"
    case longest.gpu: "gpu"
    default: "cpu"
    }
  }
}
