import ExpertCache
import RoutingTrace

/// How often the experts that a step needs can be at hand at best, on a rank with room for some.
public struct MinimumHits: Codable, Equatable, Sendable {
  /// Of all experts, those for which there is room, 0…1.
  public var share: Double
  /// Experts of any layer for which there is room.
  public var experts: Int
  /// Of the experts that steps need, those at hand by Belady's rule, which knows what comes.
  public var hitRate: Double
}

/// The best hit rates with room for 10, 20 and 50 % of all experts, and for twice those of one token: hit rates are said
/// to rise slowly beyond it (arXiv 2505.16056).
struct MinimumRooms: Sendable {
  private static let shares = [0.1, 0.2, 0.5]

  private let all: Int
  private let experts: Int
  private var minima: [(capacity: Int, minimum: BeladyMinimum)]

  init(_ header: TraceHeader) {
    all = header.layers * header.experts
    experts = header.experts
    let twice = header.topK.map { 2 * $0 * header.layers } ?? 0
    let capacities = Set(Self.shares.map { [all] in Int($0 * Double(all)) } + [twice])
    minima = capacities.filter { [all] in $0 >= max(1, header.topK ?? 1) && $0 < all }.sorted().map { [all] in
      ($0, BeladyMinimum(items: all, capacity: $0, streams: false))
    }
  }

  mutating func add(_ needs: [LayerNeed]) {
    for need in needs {
      let items = need.experts.map { need.layer * experts + $0 }
      for index in minima.indices { minima[index].minimum.touch(items) }
    }
  }

  var hits: [MinimumHits] {
    minima.filter { $0.minimum.accesses > 0 }.map { capacity, minimum in
      MinimumHits(
        share: Double(capacity) / Double(all), experts: capacity,
        hitRate: Double(minimum.hits) / Double(minimum.accesses))
    }
  }
}
