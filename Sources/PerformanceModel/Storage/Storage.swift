import Diagnostics

/// The tiers that a cluster's ranks load experts from, and what a load takes.
///
///     storage:
///       host: {capacity: 1 TB, bandwidth: 55 GB/s, latency: 10 us}
///       ssd: {capacity: 8 TB, bandwidth: 12 GB/s, latency: 100 us}
///       remote: {bandwidth: 1.2 GB/s, latency: 20 ms}
///
/// A load passes its own tier and every nearer one that the file states, chunk by chunk and all at once: bytes of the
/// disks go over the host's link, too. So it takes
///
///     wait for the tier + latency of the tier + bytes / the least bandwidth that it passes
///
/// The latency is that of the whole way, so that it is not added up over tiers. What ranks load at the same time waits
/// for each other: see `time(of:ranksPerNode:)`.
///
/// Source: ServerlessLLM (OSDI 2024, arXiv 2401.14351), whose scheduler estimates loads like this.
public struct Storage: Equatable, Sendable {
  private var devices: [StorageTier: StorageDevice]

  /// - Precondition: at least one.
  public init(_ devices: [StorageTier: StorageDevice]) {
    precondition(!devices.isEmpty)
    self.devices = devices
  }

  public init(settings: Settings) throws(InputError) {
    devices = [:]
    for tier in StorageTier.allCases {
      guard let section = try settings.optionalSection(tier.rawValue) else { continue }
      devices[tier] = try StorageDevice(settings: section, tier)
    }
    try settings.rejectUnknownKeys()
    let known = StorageTier.allCases.map(\.rawValue).joined(separator: ", ")
    guard !devices.isEmpty else { throw settings.error("no tier; known: \(known)") }
  }

  /// What `init(settings:)` reads back.
  var text: String { "{" + tiers.map { "\($0.rawValue): \(self[$0]?.text ?? "")" }.joined(separator: ", ") + "}" }

  public subscript(tier: StorageTier) -> StorageDevice? { devices[tier] }

  /// Nearest first.
  public var tiers: [StorageTier] { devices.keys.sorted() }

  /// Microseconds of a load that nothing else slows down.
  ///
  /// - Parameters:
  ///   - tier: one that the cluster has.
  ///   - wait: microseconds until the tier is free.
  public func time(ofBytes bytes: Double, from tier: StorageTier, after wait: Double = 0) -> Double {
    var load = StorageLoads(ranks: 1)
    load.add(bytes, toRank: 0, from: tier)
    return wait + time(of: load, ranksPerNode: 1)
  }

  /// Microseconds until the last of some loads that begin at the same time: the longest latency of the tiers used, and
  /// the most that a rank's own link or a device of a node takes for the bytes that pass it.
  ///
  /// - Precondition: they are from tiers that the cluster has.
  public func time(of loads: StorageLoads, ranksPerNode: Int) -> Double {
    precondition(StorageTier.allCases.allSatisfy { devices[$0] != nil || loads.bytes(from: $0) == 0 })
    var (latency, longest) = (0.0, 0.0)
    for (tier, device) in devices {
      if loads.bytes(from: tier) > 0 { latency = max(latency, device.latency) }
      let most = loads.mostBytes(passing: tier, sharedBy: tier.isOfRank ? 1 : ranksPerNode)
      longest = max(longest, most / device.bandwidth)
    }
    return latency + longest
  }

  /// A sentence for each tier that has more bandwidth than the nearer one that its bytes pass, for all ranks of a node
  /// together, or a shorter latency.
  public func outOfOrder(ranksPerNode: Int) -> [String] {
    zip(tiers, tiers.dropFirst()).compactMap { nearer, farther in
      guard let near = devices[nearer], let far = devices[farther] else { return nil }
      let ranks = nearer.isOfRank ? ranksPerNode : 1
      guard far.bandwidth > near.bandwidth * Double(ranks) || far.latency < near.latency else { return nil }
      let node = ranks > 1 ? " for each of \(ranks) ranks" : ""
      return "\(farther.rawValue) (\(far.speed)) is faster than \(nearer.rawValue) (\(near.speed)\(node)), "
        + "which its bytes pass."
    }
  }
}
