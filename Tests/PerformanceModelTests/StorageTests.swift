import Diagnostics
import PerformanceModel
import Randomness
import TestTraces
import Testing

@Suite struct StorageTests {
  static let example = """
    {host: {capacity: 1 TB, bandwidth: 55 GB/s, latency: 10 us}, ssd: {capacity: 8 TB, bandwidth: 12 GB/s,
      latency: 100 us}, remote: {bandwidth: 1.2 GB/s, latency: 20 ms}}
    """

  static func storage(_ text: String) throws -> Storage {
    try Storage(settings: Settings(parsing: "storage: \(text)", name: "c.yaml").section("storage"))
  }

  /// An expert of DeepSeek-V3 in fp8 has 44.04 MB; 0.001 ms is the figures' last digit.
  @Test(
    "An expert takes as long from each tier as worked out by hand",
    arguments: [(StorageTier.host, 0.811), (.ssd, 3.770), (.remote, 56.70)])
  func worked(tier: StorageTier, milliseconds: Double) throws {
    let time = try Self.storage(Self.example).time(ofBytes: 44.04e6, from: tier) / 1000
    #expect(abs(time - milliseconds) < 0.001)
  }

  @Test("Eight ranks of a node wait for each other at its disks, and not at their own links")
  func sharedByNode() throws {
    let storage = try Self.storage(Self.example)
    for (tier, ranks, milliseconds) in [
      (StorageTier.ssd, 0..<8, 29.46), (.ssd, 0..<1, 3.770), (.ssd, 4..<12, 14.78), (.host, 0..<16, 0.811),
    ] {
      var loads = StorageLoads(ranks: 16)
      for rank in ranks { loads.add(44.04e6, toRank: rank, from: tier) }
      #expect(abs(storage.time(of: loads, ranksPerNode: 8) / 1000 - milliseconds) < 0.001)
      #expect(loads.bytes(from: tier) == 44.04e6 * Double(ranks.count))
    }
  }

  @Test("A load is as slow as the slowest tier that it passes, and waits for the tier")
  func slowestPassed() throws {
    let slowHost = try Self.storage("{host: {bandwidth: 2 GB/s, latency: 10 us}, ssd: {bandwidth: 8 GB/s}}")
    #expect(slowHost.time(ofBytes: 2e6, from: .ssd) == 1000)
    #expect(slowHost.time(ofBytes: 2e6, from: .host, after: 7) == 1017)
    let alone = try Self.storage("{ssd: {bandwidth: 8 GB/s}}")
    #expect(alone.time(ofBytes: 2e6, from: .ssd) == 250)
    let slowDisk = try Self.storage("{ssd: {bandwidth: 1 GB/s}, remote: {bandwidth: 8 GB/s}}")
    #expect(slowDisk.time(ofBytes: 2e6, from: .remote) == 2000)
    #expect(slowDisk.time(ofBytes: 0, from: .remote) == 0)
  }

  @Test("Loads from several tiers share what both pass")
  func mixed() throws {
    let storage = try Self.storage(Self.example)
    var loads = StorageLoads(ranks: 4)
    // 55 MB and 110 MB over a rank's link: 3 ms; 110 MB and 12 MB from a node's disks, one by way of them: 10.17 ms.
    loads.add(55e6, toRank: 0, from: .host)
    loads.add(110e6, toRank: 0, from: .ssd)
    loads.add(12e6, toRank: 1, from: .remote)
    #expect(abs(storage.time(of: loads, ranksPerNode: 2) - (20_000 + 122e6 / 12e3)) < 1e-6)
    #expect(abs(storage.time(of: loads, ranksPerNode: 1) - (20_000 + 12e6 / 1.2e3)) < 1e-6)
  }

  @Test("No load gets slower when a tier gets faster", arguments: UInt64(1)...40)
  func fasterIsNeverSlower(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    func rate() -> Double { Double(random.below(100) + 1) * 100 }
    var devices = Dictionary(
      uniqueKeysWithValues: StorageTier.allCases.map { ($0, StorageDevice(bandwidth: rate(), latency: rate())) })
    var loads = StorageLoads(ranks: 8)
    for _ in 0..<random.below(20) + 1 {
      loads.add(rate() * 1000, toRank: random.below(8), from: StorageTier.allCases[random.below(3)])
    }
    let before = Storage(devices).time(of: loads, ranksPerNode: 4)
    for tier in StorageTier.allCases {
      let device = try #require(devices[tier])
      devices[tier] = StorageDevice(bandwidth: device.bandwidth * 2, latency: device.latency / 2)
      #expect(Storage(devices).time(of: loads, ranksPerNode: 4) <= before)
      devices[tier] = device
    }
  }

  @Test("A cluster's file reads back with its storage")
  func roundTrip() throws {
    for text in [Self.example, "{ssd: {bandwidth: 3 GB/s}}", "{host: {bandwidth: 3 GB/s, latency: 50 ns}}"] {
      let cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2, extra: "storage: \(text)")
      #expect(cluster.storage != nil)
      let written = ClusterFile(cluster, comments: []).text
      #expect(try Cluster(settings: Settings(parsing: written, name: "c.yaml")) == cluster)
    }
    #expect(try Fixture.cluster(ranks: 4, ranksPerNode: 2).storage == nil)
  }

  @Test(
    "What is wrong in storage is one line",
    arguments: [
      ("{hots: {bandwidth: 1 GB/s}}", "storage.hots: unknown key; did you mean 'host'?"),
      ("{sdd: {bandwidth: 1 GB/s}, host: {bandwidth: 1 GB/s}}", "storage.sdd: unknown key; did you mean 'ssd'?"),
      ("{host: {bandwidth: 0 GB/s}}", "storage.host.bandwidth: '0 GB/s' is not above 0"),
      ("{ssd: {capacity: 1 TB}}", "storage.ssd.bandwidth: missing"),
      (
        "{remote: {bandwidth: 1 GB/s, capacity: 1 TB}}",
        "storage.remote.capacity: unknown key; known: bandwidth, latency"
      ),
      ("{host: {bandwidth: 1 s}}", "storage.host.bandwidth: '1 s' is a time, expected a bandwidth such as 45 GB/s"),
      ("{}", "storage: no tier; known: host, ssd, remote"),
    ])
  func mistakes(text: String, message: String) {
    let error = #expect(throws: InputError.self) { try Self.storage(text) }
    #expect(error?.description == "c.yaml: line 1: \(message)")
  }

  @Test("Tiers out of order of speed are told, a node's ranks counted together")
  func order() throws {
    #expect(try Self.storage(Self.example).outOfOrder(ranksPerNode: 1) == [])
    let shared = try Self.storage("{host: {bandwidth: 10 GB/s}, ssd: {bandwidth: 30 GB/s}}")
    #expect(shared.outOfOrder(ranksPerNode: 4) == [])
    #expect(
      shared.outOfOrder(ranksPerNode: 2) == [
        "ssd (30 GB/s, 0 us) is faster than host (10 GB/s, 0 us for each of 2 ranks), which its bytes pass."
      ])
    let late = try Self.storage(
      "{host: {bandwidth: 9 GB/s}, ssd: {bandwidth: 1 GB/s, latency: 2 us}, remote: "
        + "{bandwidth: 1 GB/s, latency: 1 us}}")
    #expect(
      late.outOfOrder(ranksPerNode: 1) == [
        "remote (1 GB/s, 1 us) is faster than ssd (1 GB/s, 2 us), which its bytes pass."
      ])
  }
}
