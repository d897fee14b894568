import Foundation
import PerformanceModel
import Presets
import Randomness
import Studies
import Testing

/// Numbers of groups against all others, and waits against a server that is watched.
@Suite struct PhaseLayoutTests {
  private static func server(_ ranks: Int, tokens: Double, time: Double) -> PhaseServer {
    PhaseServer(ranks: ranks, policy: "static", batchSize: 1, stepTokens: tokens, stepTime: time)
  }

  private static let request = RequestShape(input: 4096, output: 256, cached: 0.25)

  private static func pair(_ prefill: Int, _ decode: Int) -> PhasePair {
    // Larger groups are faster, by less than they are larger.
    PhasePair(
      prefill: server(prefill, tokens: 2048, time: 90_000 / Double(prefill).squareRoot()),
      decode: server(decode, tokens: 512, time: 60_000 / Double(decode).squareRoot()), request: request)
  }

  private static func apart(
    _ pair: PhasePair, _ targets: PhaseSplit.Targets, bandwidth: Double = 45_000
  ) throws -> ApartPhases {
    try ApartPhases(
      pair: pair, kv: KVTransfer(of: ModelShape(named: "mixtral-8x7b"), tokens: 4096), bandwidth: bandwidth,
      targets: targets)
  }

  /// The greatest rate that keeps both targets, of all numbers of groups, found without a formula for it.
  private static func bySearch(
    _ pair: PhasePair, gpus: Int, bandwidth: Double, _ targets: PhaseSplit.Targets
  ) throws -> Double {
    let kv = try KVTransfer(of: ModelShape(named: "mixtral-8x7b"), tokens: 4096)
    let sending = kv.bytes / bandwidth
    let read = Double(request.input) * 0.75 / (pair.prefill.stepTokens / pair.prefill.stepTime)
    let prefill = max(read, pair.prefill.stepTime)
    var best = 0.0
    for readers in 1...gpus {
      for writers in 1...gpus where readers * pair.prefill.ranks + writers * pair.decode.ranks <= gpus {
        func keeps(_ rate: Double) -> Bool {
          let busy = rate / Double(readers) * read
          let first = busy * read / (2 * (1 - busy)) + prefill + max(sending / 32, sending - prefill)
          let written = rate / Double(writers) * 256 * pair.decode.stepTime / pair.decode.stepTokens
          return busy < 1 && written <= 1 && first <= targets.ttft ?? .infinity
            && pair.decode.stepTime <= targets.tpot ?? .infinity
            && rate * sending <= Double(readers * pair.prefill.ranks)
            && rate * sending <= Double(writers * pair.decode.ranks)
        }
        var (low, high) = (0.0, 1.0)
        for _ in 0..<80 {
          let middle = (low + high) / 2
          if keeps(middle) { low = middle } else { high = middle }
        }
        best = max(best, low)
      }
    }
    return best
  }

  @Test(arguments: [(1, 1), (2, 4), (4, 2), (8, 8), (1, 8), (4, 12)], [nil, 140e3, 600e3] as [Double?])
  func `no other numbers of groups serve more within the targets`(sizes: (Int, Int), ttft: Double?) throws {
    let pair = Self.pair(sizes.0, sizes.1)
    for bandwidth in [45_000.0, 2000, 90] {
      let targets = PhaseSplit.Targets(ttft: ttft, tpot: 40_000)
      let found = try Self.apart(pair, targets, bandwidth: bandwidth).best(gpus: 24)
      let best = try Self.bySearch(pair, gpus: 24, bandwidth: bandwidth, targets)
      #expect(abs((found?.requestsPerSecond ?? 0) - best * 1e6) <= 1e-6 * best * 1e6, "\(sizes) \(bandwidth)")
      guard let found else { continue }
      #expect(found.gpus == found.prefill.replicas * sizes.0 + found.decode.replicas * sizes.1 && found.gpus <= 24)
      #expect(abs(found.goodputPerGPU * Double(found.gpus) / found.requestsPerSecond - 1) < 1e-12)
      #expect(found.prefill.busy <= 1.000001 && found.decode.busy <= 1.000001)
      if let ttft, let time = found.ttft { #expect(time <= ttft * 1.000001) }
    }
  }

  @Test func `what holds the rate down is named`() throws {
    func limit(_ targets: PhaseSplit.Targets, bandwidth: Double = 45_000, gpus: Int = 3) throws -> PhaseSplit.Limit? {
      try Self.apart(Self.pair(2, 1), targets, bandwidth: bandwidth).best(gpus: gpus)?.limitedBy
    }
    #expect(try limit(.init()) == .prefill)
    #expect(try limit(.init(ttft: 200e3)) == .ttft)
    #expect(try limit(.init(), bandwidth: 90) == .kv)
    #expect(try limit(.init(tpot: 1)) == nil)
    #expect(try limit(.init(ttft: 1)) == nil)
    #expect(try limit(.init(), gpus: 2) == nil)
    let slow = PhasePair(
      prefill: Self.server(2, tokens: 2048, time: 20_000), decode: Self.server(2, tokens: 64, time: 60_000),
      request: Self.request)
    #expect(try Self.apart(slow, .init(ttft: 1e6)).best(gpus: 8)?.limitedBy == .decode)
  }

  @Test func `more bandwidth never makes the first token later or the requests fewer`() throws {
    let found = try [100.0, 1000, 5000, 45_000, 900_000].map { bandwidth in
      try #require(try Self.apart(Self.pair(2, 1), .init(), bandwidth: bandwidth).best(gpus: 23))
    }
    let exposed = try found.map { try #require($0.kv).exposed }
    #expect(exposed == exposed.sorted(by: >))
    let requests = found.map(\.requestsPerSecond)
    #expect(requests == requests.sorted())
    // At one rate the first token is what does not wait, and the wait for those before it.
    let pair = Self.pair(2, 1)
    let times = try [1000.0, 5000, 45_000].map { try Self.apart(pair, .init(), bandwidth: $0).firstToken }
    #expect(times == times.sorted(by: >))
  }

  /// A server of both phases, watched: prompts come at random, all that have come are read before a step of decode
  /// begins.
  @Test(arguments: [0.1, 0.5, 0.8])
  func `together, waits and steps are those of a server that is watched`(busy: Double) throws {
    let pair = Self.pair(4, 4)
    let (prompt, step) = (pair.queue.service, pair.decode.stepTime)
    var generator = SeededGenerator(seed: 7)
    var (now, arrival, waited, prompts, steps) = (0.0, 0.0, 0.0, 0, 0)
    func next() -> Double { arrival - log(1 - generator.unit()) * prompt / busy }
    arrival = next()
    while prompts < 400_000 {
      while arrival <= now {
        waited += now - arrival
        now += prompt
        prompts += 1
        arrival = next()
      }
      now += step
      steps += 1
    }
    let tpot = now / Double(steps)
    let found = try #require(SharedRanks(pair: pair, targets: .init(tpot: step / (1 - busy))).best(gpus: 9))
    // At most as much as leaves time to write.
    if found.limitedBy == .tpot {
      #expect(abs(found.tpot / tpot - 1) < 0.02)
      let first = waited / Double(prompts) + pair.prefillTime
      #expect(abs(try #require(found.ttft) / first - 1) < 0.02)
    }
    #expect(found.prefill.replicas == 2 && found.gpus == 8 && found.kv == nil)
  }

  @Test func `together, all time goes to reading and writing where there are no targets`() throws {
    let pair = Self.pair(4, 4)
    let found = try #require(SharedRanks(pair: pair, targets: .init()).best(gpus: 4))
    #expect(found.limitedBy == .both)
    #expect(abs(found.prefill.busy + found.decode.busy - 1) < 1e-12)
    // Each request takes its prompt's time, and its part of 256 steps.
    let time = pair.queue.service + 256 * pair.decode.stepTime / pair.decode.stepTokens
    #expect(abs(found.requestsPerSecond * time / 1e6 - 1) < 1e-12)
    #expect(SharedRanks(pair: pair, targets: .init(ttft: 200e3)).best(gpus: 4)?.limitedBy == .ttft)
    #expect(SharedRanks(pair: pair, targets: .init(tpot: 1)).best(gpus: 4) == nil)
    #expect(SharedRanks(pair: pair, targets: .init()).best(gpus: 3) == nil)
  }

  /// Apart and of one size, groups do what they do together but for what their numbers leave over; see `docs/split.md`.
  @Test func `without targets apart serves no more than together on groups of the same size`() throws {
    for ranks in [1, 2, 4, 8] {
      let pair = Self.pair(ranks, ranks)
      let apart = try #require(try Self.apart(pair, .init()).best(gpus: 24))
      let together = try #require(SharedRanks(pair: pair, targets: .init()).best(gpus: 24))
      #expect(apart.goodputPerGPU <= together.goodputPerGPU * (1 + 1e-12))
    }
  }

  @Test func `a front has no layout that another beats`() throws {
    var layouts: [PhaseSplit.Layout] = []
    for prefill in [1, 2, 4, 8] {
      for decode in [1, 2, 4, 8] {
        layouts += try [Self.apart(Self.pair(prefill, decode), .init()).best(gpus: 16)].compactMap(\.self)
      }
    }
    let front = PhaseSplit.front(of: layouts)
    #expect(front.count > 1 && front[0].requestsPerSecond == layouts.map(\.requestsPerSecond).max())
    for layout in layouts {
      let beaten = front.contains { $0.requestsPerSecond >= layout.requestsPerSecond && $0.tpot <= layout.tpot }
      #expect(beaten)
    }
    #expect(
      zip(front, front.dropFirst()).allSatisfy { $0.tpot > $1.tpot && $0.requestsPerSecond > $1.requestsPerSecond })
  }
}
