import Containers
import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// What balancers after the gate do to the recordings, as the reference's table has it: λ, experts fetched in a layer, and
/// experts through its busiest port, means over layers and steps; sources even, one node.
///
/// The reference took a part of the recordings, which it does not say: all layers of all whole steps have λ 1.564, 1.962
/// and 1.698 at home. These parts, found by search, have its λ at home and MoonEP's fetches: of gpt-oss every sixth
/// layer and 20 whole steps, one in 26; of the three tasks every sixth layer and one whole step in three; of law every
/// third layer. So MoonEP's row is fitted; the others were not, and agree. Its λ are those of the plan: UltraEP's sources round their shares each for itself (step A2.5, whose known
/// answers `ultraep-quota.json` has), and so a replay's λ is above the plan's where visits are few.
@Suite struct ExactReplayConformanceTests {
  struct Recording: Sendable {
    var files: [String]
    var batching: Batching
    var ranks: Int
    var layers: Int
    var experts: Int
    var topK: Int
    /// Of a step; the last of a recording, which has fewer, is left out. Nil where none is.
    var tokens: Int?
    /// One layer and one step in so many, from the first.
    var layerStride = 1
    var stepStride = 1
    /// Steps, at most.
    var steps = Int.max
  }

  static let recordings = [
    Recording(
      files: ["gpt-oss-20b-decode"], batching: .decode(sequences: 64, skip: 8), ranks: 8, layers: 24, experts: 32,
      topK: 4, tokens: 64, layerStride: 6, stepStride: 26, steps: 20),
    Recording(
      files: ["esft-intent", "esft-law", "esft-translation"], batching: .prefill(tokensPerStep: 512), ranks: 16,
      layers: 26, experts: 64, topK: 6, tokens: 512,
      layerStride: 6, stepStride: 3),
    Recording(
      files: ["esft-law"], batching: .prefill(tokensPerStep: 4096), ranks: 16, layers: 26, experts: 64, topK: 6,
      tokens: 4096, layerStride: 3),
  ]

  struct Published: Sendable {
    var name: String
    var planner: any ExactPlanner
    /// By recording: λ, fetched, busiest.
    var figures: [[Double]]
    /// Part by which figures may differ. HarMoEny's on law lack one fetch in the 18 layers.
    var tolerance = 0.01
  }

  /// Writes down the λ of every plan.
  private struct Watched: ExactPlanner {
    let planner: any ExactPlanner
    let peaks: Peaks

    final class Peaks: Sendable {
      let values = Guarded<[Double]>([])
      var mean: Double { values.withLock { $0.reduce(0, +) / Double($0.count) } }
    }

    var fetching: WeightFetching { planner.fetching }
    func arrivalSlots(homeExperts: Int) -> Int? { planner.arrivalSlots(homeExperts: homeExperts) }

    func plan(_ visits: LayerVisits, ranksPerNode: Int) -> ExactPlan {
      let plan = planner.plan(visits, ranksPerNode: ranksPerNode)
      let mean = Double(plan.rankLoads.reduce(0, +)) / Double(plan.ranks)
      peaks.values.withLock { $0.append(Double(plan.rankLoads.max() ?? 0) / mean) }
      return plan
    }
  }

  private static func quota(_ slots: Int) -> QuotaPlanner {
    var planner = QuotaPlanner(redundantSlotsPerRank: slots)
    planner.minimumTokens = 1
    planner.hasRelays = false
    return planner
  }

  static let published = [
    Published(
      name: "MoonEP", planner: HomeGroupsPlanner(),
      figures: [[1.000, 5.7, 2.26], [1.000, 13.9, 3.76], [1.000, 14.8, 4.17]]),
    Published(
      name: "UltraEP, 1 slot", planner: quota(1),
      figures: [[1.055, 3.6, 1.30], [1.065, 8.7, 2.24], [1.044, 9.2, 2.67]]),
    Published(
      name: "UltraEP, 2 slots", planner: quota(2),
      figures: [[1.032, 4.1, 1.85], [1.019, 11.3, 2.79], [1.012, 11.8, 3.00]]),
    Published(
      name: "LLEP 1.0, minimum 1", planner: LeastLoadedPlanner(factor: 1, minimumTokens: 1),
      figures: [[1.000, 6.3, 3.33], [1.000, 15.2, 4.59], [1.000, 15.8, 4.28]]),
    Published(
      name: "LLEP 1.1, minimum 64", planner: LeastLoadedPlanner(factor: 1.1, minimumTokens: 64),
      figures: [[1.099, 3.1, 1.77], [1.099, 7.3, 2.56], [1.100, 6.8, 2.56]]),
    Published(
      name: "HarMoEny 16", planner: GreedyPairsPlanner(worthwhileTokens: 16, fetching: .fromHome),
      figures: [[1.377], [1.081, 8.2, 2.35], [1.011, 12.1, 3.39]]),
    Published(
      name: "HarMoEny 128", planner: GreedyPairsPlanner(worthwhileTokens: 128, fetching: .fromHome),
      figures: [[1.448, 0, 0], [1.777, 0.5, 0.40], [1.085, 7.3, 2.28]], tolerance: 0.011),
  ]

  private static let homePeaks = [1.448, 1.931, 1.736]

  @Test(arguments: [0, 1, 2]) func `figures are the reference's within one in a hundred`(recording: Int) throws {
    let trace = Self.recordings[recording]
    let peaks = Self.published.map { _ in Watched.Peaks() }
    let policies = try zip(Self.published, peaks).map { published, peaks in
      try BalancingPolicy(
        name: published.name, planner: HomePlanner(Watched(planner: published.planner, peaks: peaks)),
        schedule: RebalanceSchedule(.everyLayer(LayerCharge(planMicroseconds: 50, syncMicroseconds: 10))),
        dispatch: PlannedDispatch.init)
    }
    let steps = try SharedSequences(trace)
    let setting = try ReplaySetting(
      header: steps.header, cluster: Fixture.cluster(ranks: trace.ranks, ranksPerNode: trace.ranks),
      model: Fixture.model(experts: trace.experts, topK: trace.topK, layers: steps.header.layers),
      sources: TokenSources(.even))
    let result = try ReplayJob(setting: setting, policies: policies, threads: 2)
      .run(
        on: WholeSteps(
          trace.batching.steps(of: steps), tokens: trace.tokens, stride: trace.stepStride, steps: trace.steps)
      ).result
    #expect(Self.isNear(result.policies[0].imbalance.peakToAverage, Self.homePeaks[recording], digits: 3))
    for (place, published) in Self.published.enumerated() {
      let found = result.policies[place + 1]
      let isDealt = published.planner is QuotaPlanner
      let replayed = try #require(found.imbalance.peakToAverage)
      #expect(isDealt ? replayed >= peaks[place].mean : abs(replayed - peaks[place].mean) < 1e-9)
      #expect(replayed < 1.04 * peaks[place].mean)
      let balancing = try #require(found.balancing)
      #expect(Self.isNear(balancing.homePeakToAverage, Self.homePeaks[recording], digits: 3))
      let figures = [peaks[place].mean, balancing.fetchedExperts, balancing.busiestPort]
      for (place, expected) in published.figures[recording].enumerated() {
        #expect(
          Self.isNear(figures[place], expected, digits: [3, 1, 2][place], tolerance: published.tolerance),
          "\(published.name): \(figures), published \(published.figures[recording])")
      }
    }
  }

  /// Within one in a hundred, or what the published digits were rounded by.
  private static func isNear(
    _ found: Double?, _ expected: Double, digits: Int, tolerance: Double = 0.01
  ) -> Bool {
    guard let found else { return false }
    return abs(found - expected) <= max(tolerance * expected, 0.5 * pow(0.1, Double(digits)) + 1e-9)
  }
}

/// The sequences of recordings in the shared folder, one file after another.
private final class SharedSequences: SequenceSource {
  let header: TraceHeader
  private var arrays: [NumpyArray]
  private let recording: ExactReplayConformanceTests.Recording

  init(_ recording: ExactReplayConformanceTests.Recording) throws {
    self.recording = recording
    header = TraceHeader(
      name: recording.files[0], content: .tokens,
      layerNumbers: Array(0..<(recording.layers + recording.layerStride - 1) / recording.layerStride),
      experts: recording.experts, topK: recording.topK)
    arrays = try recording.files.flatMap { file in
      let zip = try ZipArchive([UInt8](Shared.data("traces/\(file).npz")))
      return try zip.entries.map { try NumpyArray(try zip.content(of: $0)) }
    }.reversed()
  }

  func next() throws(InputError) -> RoutedSequence? {
    guard let array = arrays.popLast() else { return nil }
    let values = array.numbers(0..<array.count).map { UInt16($0) }
    let chosen = (0..<values.count).filter { $0 / recording.topK % recording.layers % recording.layerStride == 0 }
    return RoutedSequence(tokens: array.shape[0], experts: chosen.map { values[$0] })
  }
}

/// Steps with as many tokens as the batch has room for, one in `stride`.
private final class WholeSteps: StepSource {
  private let source: any StepSource
  private let tokens: Int?
  private let stride: Int
  private let steps: Int
  private var number = 0

  init(_ source: any StepSource, tokens: Int?, stride: Int, steps: Int) {
    self.steps = steps
    self.source = source
    self.tokens = tokens
    self.stride = stride
  }

  var header: TraceHeader { source.header }

  func next() throws -> RoutingStep? {
    while number / stride < steps, let step = try source.next() {
      guard tokens.map({ $0 == step.tokens }) ?? true else { continue }
      defer { number += 1 }
      if number % stride == 0 { return step }
    }
    return nil
  }
}
