import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import TestTraces
import Testing

/// What tiers of storage hold, and what a replay makes of it.
@Suite struct ExpertHomesTests {
  /// Two layers of four experts.
  private static let model = Result { try Fixture.model(experts: 4, topK: 1, layers: 2) }

  private static func homes(host: Double?, ssd: Double?, remote: Bool = true) throws -> ExpertHomes {
    let model = try model.get()
    func device(_ experts: Double?) -> StorageDevice {
      StorageDevice(bandwidth: 1, capacity: experts.map { $0 * model.expertBytes })
    }
    var devices: [StorageTier: StorageDevice] = [.host: device(host), .ssd: device(ssd)]
    if remote { devices[.remote] = device(nil) }
    return try ExpertHomes(Storage(devices), model: model, layers: 2, name: "test")
  }

  private static func tiers(_ homes: ExpertHomes) -> [StorageTier] {
    let locations = homes.locations
    return (0..<8).map { locations[$0 / 4, $0 % 4] }
  }

  @Test func theHottestAreNearestOverAllLayers() throws {
    var homes = try Self.homes(host: 2.9, ssd: 5)
    #expect(Self.tiers(homes) == Array(repeating: .remote, count: 8))
    homes.observe(ExpertLoad(layers: 2, experts: 4, values: [1, 0, 2, 3, 0, 1, 9, 0]))
    #expect(Self.tiers(homes) == [.ssd, .remote, .ssd, .host, .remote, .ssd, .host, .remote])
    homes.observe(ExpertLoad(layers: 2, experts: 4, values: [0, 99, 0, 0, 0, 0, 0, 0]))
    #expect(Self.tiers(homes) == [.ssd, .host, .ssd, .ssd, .remote, .remote, .host, .remote])
  }

  @Test func aTierWithRoomForAllHasAllFromTheBeginning() throws {
    #expect(Self.tiers(try Self.homes(host: nil, ssd: nil)) == Array(repeating: .host, count: 8))
    #expect(Self.tiers(try Self.homes(host: 8, ssd: 1, remote: false)) == Array(repeating: .host, count: 8))
    #expect(Self.tiers(try Self.homes(host: 7, ssd: 8, remote: false)) == Array(repeating: .ssd, count: 8))
  }

  @Test func layersThatTheTraceLacksTakeTheirShareOfTheRoom() throws {
    let model = try Fixture.model(experts: 4, topK: 1, layers: 8)
    let storage = Storage([
      .host: StorageDevice(bandwidth: 1, capacity: 16 * model.expertBytes), .remote: StorageDevice(bandwidth: 1),
    ])
    var homes = try ExpertHomes(storage, model: model, layers: 2, name: "test")
    homes.observe(ExpertLoad(layers: 2, experts: 4, values: [8, 7, 6, 5, 4, 3, 2, 1]))
    #expect(Self.tiers(homes) == Array(repeating: .host, count: 4) + Array(repeating: .remote, count: 4))
  }

  @Test func expertsWithoutAHomeAreRefused() throws {
    let error = #expect(throws: InputError.self) { try Self.homes(host: 2, ssd: 7.5, remote: false) }
    #expect(
      error?.description
        == "cluster test: storage.ssd.capacity: room for 7 of test's 8 experts, and no farther tier has the others; "
        + "state one, or more room")
    #expect(error?.status == .usage)
  }

  private static let policies = [
    "{kind: every, steps: 4, migration: blocking}",
    "{kind: every, steps: 4, migration: {kind: blocking, batches: pairs, perLayer: 1 ms}, layersPerStep: 1}",
    "{kind: every, steps: 2, migration: {kind: overlapped, onBusy: replace}}",
    "{kind: every, steps: 4, migration: {kind: overlapped, bandwidthShare: 0.2}}",
  ]

  private func replay(_ schedules: [String], _ extra: String, threads: Int = 2) throws -> ReplayResult {
    let trace = SmallTrace()
    return try Fixture.replay(
      trace, schedules.enumerated().map { try Fixture.policy("p\($0)", schedule: $1) }, threads: threads,
      setting: Fixture.setting(trace, extra: extra))
  }

  /// 48 experts of 3.1 MB: the host has room for a few, the disks for half.
  private static func storage(host: Int = 55, ssd: Int = 30, remote: Int = 20) -> String {
    "storage: {host: {capacity: 30 MB, bandwidth: \(host) GB/s, latency: 4 us}, ssd: {capacity: 75 MB, bandwidth: "
      + "\(ssd) GB/s, latency: 9 us}, remote: {bandwidth: \(remote) GB/s, latency: 20 us}}"
  }

  @Test func bytesByTierAddUpToWhatMoved() throws {
    for extra in [Self.storage(), "storage: {ssd: {bandwidth: 300 GB/s}}", Self.storage(host: 900, ssd: 800)] {
      for policy in try replay(Self.policies, extra).policies {
        let moved = policy.rebalances
        let tiers = try #require(moved.bytesByTier)
        #expect(tiers.peer + (tiers.host ?? 0) + (tiers.ssd ?? 0) + (tiers.remote ?? 0) == moved.movedBytes)
        #expect((tiers.host == nil) == (tiers.remote == nil) && tiers.ssd != nil)
      }
    }
    let fast = try replay(Self.policies, Self.storage(host: 900, ssd: 800)).policies.dropFirst()
    #expect(fast.allSatisfy { ($0.rebalances.bytesByTier?.host ?? 0) > 0 && ($0.rebalances.bytesByTier?.ssd ?? 0) > 0 })
  }

  @Test func aFasterTierNeverSlowsAReplay() throws {
    let blocking = Array(Self.policies[..<2])
    let base = try replay(blocking, Self.storage()).policies.map(\.time.total)
    for (host, ssd, remote) in [
      (110, 30, 20), (55, 60, 20), (55, 30, 40), (400, 30, 20), (55, 400, 20), (400, 400, 400),
    ] {
      let faster = try replay(blocking, Self.storage(host: host, ssd: ssd, remote: remote)).policies.map(\.time.total)
      for (fast, slow) in zip(faster, base) { #expect(fast <= slow) }
    }
    #expect(try replay(blocking, Self.storage(host: 900, ssd: 900)).policies[1].time.total < base[1])
    for (slow, none) in zip(base, try replay(blocking, "").policies.map(\.time.total)) { #expect(slow <= none) }
  }

  @Test func withoutStorageNothingIsSaidOfTiersAndSlowTiersChangeNothingElse() throws {
    let plain = try replay(Self.policies, "")
    #expect(plain.policies.allSatisfy { $0.rebalances.bytesByTier == nil })
    var slow = try replay(Self.policies, "storage: {remote: {bandwidth: 1 B/s, latency: 9 s}}")
    for index in slow.policies.indices {
      #expect(slow.policies[index].rebalances.bytesByTier?.remote == 0)
      slow.policies[index].rebalances.bytesByTier = nil
    }
    // Batches of pairs are added up layer by layer, in another order.
    #expect(abs(slow.policies[2].time.total - plain.policies[2].time.total) < 1e-6)
    for index in [0, 1, 3, 4] { #expect(slow.policies[index] == plain.policies[index]) }
  }

  @Test func threadsMakeNoDifference() throws {
    #expect(
      try replay(Self.policies, Self.storage(), threads: 1) == replay(Self.policies, Self.storage(), threads: 3))
  }

  @Test func tiersOutOfOrderAreANote() throws {
    let notes = try replay([], "storage: {host: {bandwidth: 5 GB/s}, ssd: {bandwidth: 12 GB/s}}").notes
    #expect(
      notes.contains(
        "Storage of test: ssd (12 GB/s, 0 us) is faster than host (5 GB/s, 0 us for each of 2 ranks), which its bytes "
          + "pass."))
    #expect(!(try replay([], Self.storage()).notes.contains { $0.hasPrefix("Storage") }))
  }
}
