import Diagnostics

/// Where experts' weights lie besides in GPUs' memory, nearest first.
public enum StorageTier: String, CaseIterable, Comparable, Sendable {
  /// A rank's part of its host's memory, over its own link.
  case host
  /// A node's disks, shared by its ranks.
  case ssd
  /// A bucket or a file server, over a node's link, shared by its ranks.
  case remote

  public static func < (left: StorageTier, right: StorageTier) -> Bool { left.place < right.place }

  /// From 0, nearest first.
  package var place: Int {
    switch self {
    case .host: 0
    case .ssd: 1
    case .remote: 2
    }
  }

  /// Whether every rank has one, rather than every node.
  var isOfRank: Bool { self == .host }
}

/// What one tier of a cluster's `storage` holds and how fast it is.
public struct StorageDevice: Equatable, Sendable {
  /// Bytes per microsecond, of a rank's for `host`, else of a node's.
  public var bandwidth: Double
  /// Microseconds before the first byte.
  public var latency: Double
  /// Bytes, as for `bandwidth`; nil for as many as there are.
  public var capacity: Double?
  /// Operations per microsecond of a rank's part of its host's cores, and bytes per microsecond that they read from its
  /// memory; nil where nobody asks, and for tiers that compute nothing.
  public var flopRate: Double?
  public var memoryBandwidth: Double?

  public init(
    bandwidth: Double, latency: Double = 0, capacity: Double? = nil, flopRate: Double? = nil,
    memoryBandwidth: Double? = nil
  ) {
    self.flopRate = flopRate
    self.memoryBandwidth = memoryBandwidth
    self.bandwidth = bandwidth
    self.latency = latency
    self.capacity = capacity
  }

  init(settings: Settings, _ tier: StorageTier) throws(InputError) {
    capacity = tier == .remote ? nil : try settings.optionalSize("capacity")
    bandwidth = try settings.bandwidth("bandwidth")
    latency = try settings.optionalDuration("latency") ?? 0
    if tier == .host {
      flopRate = try settings.optionalFlopRate("flops")
      memoryBandwidth = settings.contains("memoryBandwidth") ? try settings.bandwidth("memoryBandwidth") : nil
    }
    try settings.rejectUnknownKeys()
  }

  /// Bandwidth and latency as a person reads them.
  var speed: String { "\(shortNumber(bandwidth / 1e3)) GB/s, \(shortTime(latency))" }

  /// What `init(settings:)` reads back.
  var text: String {
    let parts = [
      capacity.map { "capacity: \(shortNumber($0 / 1e9)) GB" }, "bandwidth: \(shortNumber(bandwidth / 1e3)) GB/s",
      latency > 0 ? "latency: \(shortTime(latency))" : nil,
      flopRate.map { "flops: \(shortNumber($0 / 1e6)) TFLOP/s" },
      memoryBandwidth.map { "memoryBandwidth: \(shortNumber($0 / 1e3)) GB/s" },
    ]
    return "{" + parts.compactMap(\.self).joined(separator: ", ") + "}"
  }
}
