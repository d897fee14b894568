import Diagnostics
import LoadBalancing
import PerformanceModel

/// Which tier of a cluster's storage has which expert: the nearest that has room for it, the hottest first.
///
/// Hot is what most visits went to in all steps that are over. Farther tiers have what nearer ones have, too. Keeping a
/// tier up to date costs nothing here. A rank's part of the host's memory has the same experts as any other's.
package struct ExpertHomes: Sendable {
  /// Nearest first, up to the first that has room for all.
  private let rooms: [(tier: StorageTier, experts: Int)]
  private let layers: Int
  private let experts: Int
  /// Nil before the first step.
  private var visits: ExpertLoad?

  /// - Parameters:
  ///   - layers: replayed; where the model has more, room is shared out evenly among all.
  ///   - name: of the cluster, for messages.
  /// - Throws: `InputError` (usage) when no tier has room for all of the model's experts.
  package init(_ storage: Storage, model: ModelShape, layers: Int, name: String) throws(InputError) {
    self.layers = layers
    experts = model.experts
    let modelLayers = max(model.moeLayers, layers)
    let all = modelLayers * model.experts
    var rooms: [(tier: StorageTier, experts: Int)] = []
    for tier in storage.tiers where rooms.last.map({ $0.experts < all }) ?? true {
      let room = storage[tier]?.capacity.map { $0 / model.expertBytes } ?? .infinity
      rooms.append((tier, room < Double(all) ? Int(room) : all))
    }
    if let last = rooms.last, last.experts < all {
      throw InputError(
        "storage.\(last.tier.rawValue).capacity: room for \(last.experts) of \(model.name)'s \(all) experts, and no "
          + "farther tier has the others; state one, or more room", in: "cluster \(name)", status: .usage)
    }
    self.rooms = rooms.map { ($0.tier, $0.experts * layers / modelLayers) }
  }

  /// Of a machine and a trace; nil where the cluster has no storage.
  init?(_ setting: ReplaySetting) throws(InputError) {
    guard let storage = setting.cluster.storage else { return nil }
    try self.init(
      storage, model: setting.model, layers: setting.header.layers, name: setting.cluster.name)
  }

  /// Whether any tier but the last has some of the experts: which, depends on what is hot.
  var change: Bool { rooms.count > 1 }

  /// Takes in a step that is over.
  package mutating func observe(_ load: ExpertLoad) {
    guard change else { return }
    if visits == nil { visits = load } else { visits? += load }
  }

  /// Where experts are now; before the first step all are in the nearest tier that has room for all.
  package var locations: ExpertLocations {
    let count = layers * experts
    var tiers = Array(repeating: rooms[rooms.count - 1].tier, count: count)
    guard let visits = visits?.values else { return ExpertLocations(experts: experts, tiers: tiers) }
    let hottest = (0..<count).sorted { (visits[$1], $0) < (visits[$0], $1) }
    for (place, expert) in hottest.enumerated() {
      if let room = rooms.first(where: { place < $0.experts }) { tiers[expert] = room.tier }
    }
    return ExpertLocations(experts: experts, tiers: tiers)
  }
}

/// The nearest tier that has each expert.
package struct ExpertLocations: Sendable {
  private let experts: Int
  /// `[layers][experts]`.
  private let tiers: [StorageTier]

  package init(experts: Int, tiers: [StorageTier]) {
    self.experts = experts
    self.tiers = tiers
  }

  /// - Parameter layer: by its index in the trace.
  package subscript(layer: Int, expert: Int) -> StorageTier { tiers[layer * experts + expert] }
}
