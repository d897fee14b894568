import Diagnostics
import LoadBalancing
import PerformanceModel
import Randomness
import Replay
import TestTraces
import Testing

/// Experts that come from other ranks or from the tiers of a cluster's storage, whichever is there first.
@Suite struct TieredMovesTests {
  private static let example =
    "storage: {host: {bandwidth: 55 GB/s, latency: 10 us}, ssd: {bandwidth: 12 GB/s, latency: 100 us}, "
    + "remote: {bandwidth: 1.2 GB/s, latency: 20 ms}}"

  private static func price(
    _ extra: String, rule: MigrationRule = .blocking, expertBytes: Double = 1e6
  ) throws -> MovePrice {
    try MovePrice(
      rule, cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2, extra: extra), expertBytes: expertBytes)
  }

  private static func fetches(_ moves: [(expert: Int, from: Int, to: Int)], layer: Int = 0) -> LayerFetches {
    LayerFetches(
      layer: layer, fetches: moves.map { ExpertFetch(expert: $0.expert, sender: $0.from, receiver: $0.to) })
  }

  private static func all(_ tier: StorageTier, experts: Int = 8, layers: Int = 2) -> ExpertLocations {
    ExpertLocations(experts: experts, tiers: Array(repeating: tier, count: layers * experts))
  }

  private static func sources(peers: Int = 0, _ tiers: [StorageTier: Int] = [:]) -> ExpertSources {
    var sources = ExpertSources(peers: peers)
    for (tier, count) in tiers { sources[tier] = count }
    return sources
  }

  /// The NIC of 45 GB/s takes 0.979 ms for an expert of 44.04 MB, the host 0.811, the disks 3.770.
  @Test func theWorkedExampleComesFromTheHostOnly() throws {
    let cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2, extra: Self.example)
    var slow = cluster
    slow.scaleOut = Link(dispatchBandwidth: 45e3, combineBandwidth: 45e3)
    let price = try MovePrice(.blocking, cluster: slow, expertBytes: 44.04e6)
    let move = [Self.fetches([(0, 0, 2)])]
    for (tier, milliseconds, sources) in [
      (StorageTier.host, 0.811, Self.sources([.host: 1])), (.ssd, 0.979, Self.sources(peers: 1)),
      (.remote, 0.979, Self.sources(peers: 1)),
    ] {
      let cost = price.cost(of: move, from: Self.all(tier))
      #expect(abs(cost.time / 1000 - milliseconds) < 0.001)
      #expect(cost.sources == sources)
    }
    #expect(abs(price.cost(of: move).time / 1000 - 0.979) < 0.001)
  }

  /// 200 GB/s inside a node, 50 outside: an expert of 1 MB takes 15 and 45 us, 18 and 28 from a host of 55 GB/s.
  @Test func neighboursSendWhatTheHostHasForOthers() throws {
    let price = try Self.price(Self.example)
    let cost = price.cost(of: [Self.fetches([(0, 0, 1), (1, 1, 2)])], from: Self.all(.host))
    #expect(cost.sources == Self.sources(peers: 1, [.host: 1]))
    #expect(abs(cost.time - (10 + 1e6 / 55e3)) < 1e-9)
  }

  /// Disks of a node are shared: from them one expert comes sooner than from another node, four do not.
  @Test func tiersThatRanksShareAreTakenWhileTheyAreFaster() throws {
    let price = try Self.price("storage: {ssd: {bandwidth: 100 GB/s}}")
    let one = price.cost(of: [Self.fetches([(0, 0, 2)])], from: Self.all(.ssd))
    #expect(one == MoveCost(time: 10, sources: Self.sources([.ssd: 1])))
    let four = price.cost(
      of: [Self.fetches([(0, 0, 2), (1, 0, 2), (2, 1, 3), (3, 1, 3), (4, 2, 3), (5, 2, 3)])], from: Self.all(.ssd))
    // Six would take 60 from the disks, four 40, as long as they take between nodes without the latency.
    #expect(four == MoveCost(time: 40, sources: Self.sources(peers: 2, [.ssd: 4])))
    let slow = try Self.price("storage: {ssd: {bandwidth: 50 GB/s}}")
    let peers = slow.cost(of: [Self.fetches([(0, 0, 2), (1, 0, 2), (2, 1, 3), (3, 1, 3)])], from: Self.all(.ssd))
    #expect(peers == MoveCost(time: 65, sources: Self.sources(peers: 4)))
  }

  @Test func layersThatMoveOneAfterAnotherChooseOneByOne() throws {
    var rule = MigrationRule(.blocking)
    rule.batches = .pairs
    rule.microsecondsPerLayer = 3
    let price = try Self.price(Self.example, rule: rule)
    let locations = ExpertLocations(experts: 2, tiers: [.host, .host, .remote, .remote])
    let layers = [Self.fetches([(0, 0, 2)]), Self.fetches([(1, 1, 3)], layer: 1)]
    let cost = price.cost(of: layers, from: locations)
    #expect(cost.sources == Self.sources(peers: 1, [.host: 1]))
    #expect(abs(cost.time - (6 + 10 + 1e6 / 55e3 + 45)) < 1e-9)
  }

  /// As cheap as the cheapest of all ways (`naive`), never slower than ranks alone, nor when a tier becomes faster.
  @Test(arguments: UInt64(1)...60) func chosenSourcesObeyTheLaws(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let rates = (0..<3).map { _ in random.below(120) + 1 }
    func storage(_ rates: [Int], latency: Int = 10) -> String {
      let tiers = zip(["host", "ssd", "remote"], rates).map { "\($0): {bandwidth: \($1) GB/s, latency: \(latency) us}" }
      return "storage: {\(tiers.joined(separator: ", "))}"
    }
    let locations = ExpertLocations(experts: 8, tiers: (0..<8).map { _ in StorageTier.allCases[random.below(3)] })
    let moves = (0..<random.below(6) + 1).map { expert -> (expert: Int, from: Int, to: Int) in
      let ranks = random.shuffled(0..<4)
      return (expert, ranks[0], ranks[1])
    }
    let layer = [Self.fetches(moves)]
    let cost = try Self.price(storage(rates)).cost(of: layer, from: locations)
    #expect(cost.sources.count == moves.count)
    #expect(cost.time <= (try Self.price("").cost(of: layer).time))
    for tier in 0..<3 {
      var faster = rates
      faster[tier] += random.below(100)
      #expect(try Self.price(storage(faster)).cost(of: layer, from: locations).time <= cost.time)
      #expect(try Self.price(storage(faster, latency: 3)).cost(of: layer, from: locations).time <= cost.time)
    }
    #expect(abs(cost.time - (try Self.naive(moves, storage(rates), locations))) < 1e-9)
  }

  /// Every choice of a farthest tier for fetches inside nodes and one for those between them, priced by hand.
  private static func naive(
    _ moves: [(expert: Int, from: Int, to: Int)], _ extra: String, _ locations: ExpertLocations
  ) throws -> Double {
    let cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2, extra: extra)
    let storage = try #require(cluster.storage)
    let migration = try Migration(cluster: cluster)
    var best = Double.infinity
    for far in -1..<3 {
      for near in -1...far {
        var bytes = Array(repeating: 0.0, count: 16)
        var loads = StorageLoads(ranks: 4)
        for move in moves {
          let tier = locations[0, move.expert]
          let most = move.from / 2 == move.to / 2 ? near : far
          if StorageTier.allCases.prefix(most + 1).contains(tier) {
            loads.add(1e6, toRank: move.to, from: tier)
          } else {
            bytes[move.from * 4 + move.to] += 1e6
          }
        }
        best = min(best, max(migration.time(bytes: bytes), storage.time(of: loads, ranksPerNode: 2)))
      }
    }
    return best
  }
}
