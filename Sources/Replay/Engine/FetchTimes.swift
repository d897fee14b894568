import Diagnostics
import LoadBalancing
import PerformanceModel

/// What it takes a rank to load each expert from the tier of its cluster's storage that has it.
///
/// A tier that the ranks of a node share is taken to be asked by all of them at once.
struct FetchTimes {
  /// Steps between looks at which experts are hottest, which decides the tier that has them.
  private static let interval = 64

  /// `[tiers]` by place.
  private let times: [Double]
  private let experts: Int
  private var homes: ExpertHomes
  private var locations: ExpertLocations
  private var steps = 0

  /// - Throws: `InputError` (usage) for a cluster without storage.
  init(_ setting: ReplaySetting, policy: String) throws(InputError) {
    guard let storage = setting.cluster.storage, let homes = try ExpertHomes(setting) else {
      throw InputError(
        "cache: experts are loaded from storage, but cluster \(setting.cluster.name) has none; state one, such as "
          + "storage: {host: {bandwidth: 55 GB/s}}", in: "policy \(policy)", status: .usage)
    }
    let ranksPerNode = setting.cluster.ranksPerNode
    times = StorageTier.allCases.map { tier in
      guard storage.tiers.contains(tier) else { return 0 }
      var loads = StorageLoads(ranks: ranksPerNode)
      for rank in 0..<ranksPerNode { loads.add(setting.model.expertBytes, toRank: rank, from: tier) }
      return storage.time(of: loads, ranksPerNode: ranksPerNode)
    }
    experts = setting.header.experts
    self.homes = homes
    locations = homes.locations
  }

  /// Microseconds.
  func time(ofItem item: Int) -> Double { times[locations[item / experts, item % experts].place] }

  /// Takes in a step that is over.
  mutating func observe(_ load: ExpertLoad) {
    guard homes.change else { return }
    homes.observe(load)
    steps += 1
    if steps % Self.interval == 0 { locations = homes.locations }
  }
}
