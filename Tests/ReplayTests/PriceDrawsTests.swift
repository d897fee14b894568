import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import TestTraces
import Testing

@Suite struct PriceDrawsTests {
  private static let uncertainty = PriceUncertainty(
    communication: PriceError(fixed: 0.3, rate: 0.2), experts: PriceError(fixed: 0.1, rate: 0.25))
  private let trace = SmallTrace(layers: 2, steps: 6)

  /// One node, so that one level of links paces every layer.
  private func setting(
    _ uncertainty: PriceUncertainty = Self.uncertainty, extra: String = "", change: (inout Cluster) -> Void = { _ in }
  ) throws -> ReplaySetting {
    var cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 4, extra: extra)
    cluster.uncertainty = uncertainty
    change(&cluster)
    return try ReplaySetting(
      header: trace.header, cluster: cluster, model: Fixture.model(experts: 16, topK: 2, layers: 2))
  }

  /// Plans once, before the first step.
  private func planned() throws -> BalancingPolicy {
    try Fixture.policy("planned", predictor: "{kind: oracle}", schedule: "{kind: initial}")
  }

  private func improvement(_ setting: ReplaySetting, threads: Int = 2) throws -> PolicyResult.Improvement {
    try Fixture.replay(trace, [planned()], threads: threads, setting: setting).policies[1].improvement
  }

  /// The cluster whose prices are off by these factors.
  private func off(_ cluster: inout Cluster, by prices: PriceFactors) {
    let (comm, experts) = (prices.communication, prices.experts)
    cluster.scaleUp = cluster.scaleUp.map {
      Link(
        dispatchBandwidth: $0.dispatchBandwidth / comm.rate, combineBandwidth: $0.combineBandwidth / comm.rate,
        dispatchLatency: $0.dispatchLatency.microseconds(ranks: 4) * comm.fixed,
        combineLatency: $0.combineLatency.microseconds(ranks: 4) * comm.fixed)
    }
    cluster.gpu?.hbm /= experts.rate
    cluster.gpu?.bf16 /= experts.rate
    cluster.gpu?.decodeLaunch *= experts.fixed
  }

  /// With the overlap, experts are always what hides.
  @Test(
    "The range is that of replays on machines whose figures are off by what was drawn",
    arguments: [
      "", "overlap: {fraction: 0.8, derate: 0.1}", "overlap: {fraction: 0.8, derate: 0.1, computeDerate: 0.95}",
    ]
  )
  func replays(extra: String) throws {
    let found = try improvement(setting(extra: extra))
    let priced = try PriceDraws(Self.uncertainty, seed: 0).factors.map { factors in
      try improvement(setting(extra: extra) { off(&$0, by: factors) })
    }
    // The 5 of 200 draws on either side are left out.
    let (totals, comms) = (priced.map(\.total).sorted(), priced.map(\.comm).sorted())
    let known = [comms[5], comms[194], totals[5], totals[194]]
    let told = [found.commPriceLow, found.commPriceHigh, found.totalPriceLow, found.totalPriceHigh]
    for (known, told) in zip(known, told) { #expect(abs(known - (try #require(told))) < 1e-9) }
    #expect(found.signFlips == Double(totals.count { $0 * found.total < 0 }) / 200)
    #expect(totals[194] - totals[5] > 1e-3)
  }

  @Test("Prices that are not off leave the improvement as it is, and both sides of a comparison share a draw")
  func shared() throws {
    let exact = try improvement(setting(PriceUncertainty(communication: .none, experts: .none)))
    #expect(exact.commPriceLow == exact.comm && exact.commPriceHigh == exact.comm)
    #expect(exact.totalPriceLow == exact.total && exact.totalPriceHigh == exact.total && exact.signFlips == 0)
    // All of it off by one factor cancels out.
    let rates = PriceUncertainty(communication: PriceError(fixed: 0, rate: 0.5), experts: .none)
    let bare = try improvement(
      setting(rates) {
        $0.gpu = nil
        $0.scaleUp = Link(dispatchBandwidth: 200_000, combineBandwidth: 200_000)
      })
    #expect(abs((try #require(bare.totalPriceHigh)) - bare.total) < 1e-12)
    #expect(bare.signFlips == 0 && bare.total != 0)
  }

  @Test("The baseline has no range, and every other policy the same on any number of threads")
  func threads() throws {
    let results = try [1, 2, 5].map { try Fixture.replay(trace, [planned()], threads: $0, setting: setting()) }
    #expect(results[1] == results[0] && results[2] == results[0])
    let baseline = results[0].policies[0].improvement
    #expect(baseline.totalPriceLow == nil && baseline.commPriceHigh == nil && baseline.signFlips == nil)
  }

  @Test("Factors are above 0, as wide as was said, and a part's are the same whatever the others' width is")
  func factors() {
    let draws = PriceDraws(Self.uncertainty, seed: 7).factors
    let widths: [(KeyPath<PriceFactors, Double>, Double)] = [
      (\.communication.fixed, 0.3), (\.communication.rate, 0.2), (\.experts.fixed, 0.1), (\.experts.rate, 0.25),
    ]
    for (factor, width) in widths {
      let logarithms = draws.map { log($0[keyPath: factor]) }
      #expect(draws.allSatisfy { $0[keyPath: factor] > 0 })
      let deviation = (logarithms.reduce(0) { $0 + $1 * $1 } / 200).squareRoot()
      #expect(abs(deviation / width - 1) < 0.15, "rms of 200 draws: 5 % off or so")
    }
    var other = Self.uncertainty
    other.communication = .none
    #expect(PriceDraws(other, seed: 7).factors.map(\.experts) == draws.map(\.experts))
    #expect(PriceDraws(other, seed: 7).factors.allSatisfy { $0.communication == .init(fixed: 1, rate: 1) })
    #expect(PriceDraws(Self.uncertainty, seed: 8).factors != draws)
    #expect(PriceDraws(.notValidated, seed: 7).factors == PriceDraws(Self.widest, seed: 7).factors)
  }

  private static let widest = PriceUncertainty(
    communication: PriceError(fixed: PriceError.widest, rate: PriceError.widest),
    experts: PriceError(fixed: PriceError.widest, rate: PriceError.widest))

  /// A layer of 30 us of communication, 10 of them fixed, and experts of which 4 us are fixed.
  private func layer(experts: Double) -> [LayerOutcome] {
    var outcome = LayerOutcome()
    outcome.time = LayerTime(dispatch: 20, experts: experts, combine: 10)
    outcome.cost = AllToAllCost(dispatch: 20, combine: 10, fixed: 10)
    outcome.expertCost = ExpertCost(time: experts, fixed: 4)
    return [outcome]
  }

  private static let factors = PriceFactors(
    communication: .init(fixed: 1.5, rate: 2), experts: .init(fixed: 3, rate: 1.25))

  @Test("Moves are bytes, predictions are what they are")
  func movesAndPredictions() {
    var totals = PolicyTotals()
    totals.move(ExpertSources(peers: 1), expertBytes: 1, stall: 7)
    totals.add(layer(experts: 12), overlap: .none, prediction: 3)
    #expect(totals.time.comm(at: Self.factors) == 15 + 40)
    #expect(totals.time.total(at: Self.factors) == 55 + 12 + 10 + 14 + 3)
  }

  @Test("What hides behind the other counts as far as it shows", arguments: [(40.0, true), (12.0, false)])
  func overlaps(experts: Double, hidesCommunication: Bool) {
    var totals = PolicyTotals()
    totals.add(layer(experts: experts), overlap: Overlap(fraction: 0.5, derate: 0.8))
    let (communication, computation) = (15.0 + 40, 12 + 1.25 * (experts - 4))
    let known = hidesCommunication ? 0.5 * communication + computation : communication + 0.6 * computation
    #expect(abs(totals.time.total(at: Self.factors) - known) < 1e-12)
    #expect(totals.time.comm(at: Self.factors) == communication)
  }

  @Test("Notes say what was held against no measurement, and what is beyond it")
  func notes() throws {
    func notes(_ setting: ReplaySetting) throws -> [String] {
      try Fixture.replay(trace, [], setting: setting).notes.filter { $0.hasPrefix("Prices") }
    }
    let ending =
      "no measurement was held against them. Their errors are taken to be as wide as the widest known "
      + "(0.6 rms in log)."
    #expect(
      try notes(setting(.notValidated)) == ["Prices on test are not validated for communication and experts: \(ending)"]
    )
    #expect(
      try notes(setting(.notValidated) { $0.gpu = nil })
        == ["Prices on test are not validated for communication: \(ending)"])
    var partly = Self.uncertainty
    partly.experts.fixed = nil
    partly.communication.measured = MeasuredRanges([.ranks: 8...32, .tokens: 10...20, .hidden: 512...512])
    #expect(
      try notes(setting(partly)) == [
        "Prices on test are not validated for experts (launch): \(ending)",
        "Prices of communication are extrapolated, and may be off further than their errors say: ranks 4 "
          + "(measured: 8…32), hidden size 1024 (measured: 512).",
      ])
    #expect(try notes(setting()).isEmpty)
    // Another model than the file's has errors of its own.
    let other = try ReplaySetting(
      header: trace.header, cluster: setting().cluster, model: setting().model, allToAll: "bound")
    #expect(try notes(other) == ["Prices on test are not validated for communication: \(ending)"])
  }

  @Test("Times of a document can be off nothing: there is no range, and no note")
  func definitions() throws {
    let packets = """
      roundRobin: {links: 2, linkBandwidth: 100 KB/ms, packetSize: 2 KB, packetPreparation: 1 ms, maxPacketsPerTurn: 5,
                   nicRate: 1 MB, baseDelay: 2 ms}
      """
    let document = try setting(.notValidated, extra: packets) {
      $0.allToAll = "closed-form"
      $0.gpu = nil
    }
    let result = try Fixture.replay(trace, [planned()], setting: document)
    #expect(result.policies[1].improvement.totalPriceLow == nil && result.policies[1].improvement.signFlips == nil)
    #expect(!result.notes.contains { $0.contains("rices") })
  }
}
