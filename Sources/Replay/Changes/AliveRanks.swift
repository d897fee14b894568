import LoadBalancing

/// The ranks of a cluster that are there, and how placements count them.
///
/// A placement is of the ranks alive alone: its rank r is the r-th of them in ascending order. Where tokens start and
/// what is sent is told of the cluster's ranks.
package struct AliveRanks: Equatable, Sendable {
  /// Ranks of the cluster.
  package let all: Int
  /// Ascending.
  package let ids: [Int]
  /// Of the cluster.
  private let ranksOfANode: Int
  /// `[all]` by where a token starts, the place in `ids` of the rank that it starts on: its own, or where that is gone
  /// `ids[source mod alive]`.
  private let places: [UInt32]
  /// Nodes as planners and dispatch rules see them: those with ranks alive where all of them have equally many, else
  /// one.
  package let nodes: Int
  /// `[all]`; empty where all are there, as `Traffic` has it.
  let mask: [Bool]

  /// - Precondition: `ids` ascend, and there is one at least.
  package init(_ ids: [Int], of all: Int, ranksPerNode: Int) {
    precondition(!ids.isEmpty)
    self.all = all
    self.ids = ids
    ranksOfANode = ranksPerNode
    var places = (0..<all).map { UInt32($0 % ids.count) }
    for (place, id) in ids.enumerated() { places[id] = UInt32(place) }
    self.places = places
    let perNode = Dictionary(grouping: ids) { $0 / ranksPerNode }.mapValues(\.count)
    nodes = Set(perNode.values).count == 1 ? perNode.count : 1
    var mask = Array(repeating: false, count: all)
    for id in ids { mask[id] = true }
    self.mask = ids.count == all ? [] : mask
  }

  /// All of a cluster's.
  package init(all: Int, ranksPerNode: Int) { self.init(Array(0..<all), of: all, ranksPerNode: ranksPerNode) }

  package var count: Int { ids.count }
  package var isWhole: Bool { ids.count == all }
  /// As planners and dispatch rules see nodes.
  package var ranksPerNode: Int { count / nodes }
  /// Whether nodes have different numbers of ranks, so that nobody looks at nodes.
  var hasUnevenNodes: Bool { !isWhole && nodes == 1 && Set(ids.map { $0 / ranksOfANode }).count > 1 }

  /// `[tokens]` places of the ranks on which tokens start.
  func starts(_ sources: [UInt32]) -> [UInt32] { isWhole ? sources : sources.map { places[Int($0)] } }

  /// `[tokens]` ranks of the cluster at these places.
  func ranks(at places: [UInt32]) -> [UInt32] { isWhole ? places : places.map { UInt32(ids[Int($0)]) } }

  /// `[all][width]` of `[count][width]` values: zeros for ranks that are gone.
  func spread(_ values: [Double], width: Int = 1) -> [Double] {
    guard !isWhole else { return values }
    var spread = Array(repeating: 0.0, count: all * width)
    for (place, id) in ids.enumerated() {
      for column in 0..<width { spread[id * width + column] = values[place * width + column] }
    }
    return spread
  }

  /// `[count]` of `[all]` values.
  func gathered(_ values: [Double]) -> [Double] { isWhole ? values : ids.map { values[$0] } }

  /// The places of each node's ranks, node by node of the cluster; none for a node that is gone.
  var placesByNode: [Range<Int>] {
    var first = 0
    return stride(from: 0, to: all, by: ranksOfANode).map { node in
      let end = first + ids[first...].prefix { $0 < node + ranksOfANode }.count
      defer { first = end }
      return first..<end
    }
  }

  /// Loads by where tokens start as the ranks alive have them.
  func folded(_ load: SourceLoad) -> SourceLoad {
    guard !isWhole else { return load }
    var values = Array(repeating: 0.0, count: load.layers * count * load.experts)
    for layer in 0..<load.layers {
      for source in 0..<load.ranks {
        let row = (layer * count + Int(places[source])) * load.experts
        for (expert, tokens) in load[layer, source].enumerated() { values[row + expert] += tokens }
      }
    }
    return SourceLoad(layers: load.layers, ranks: count, experts: load.experts, values: values)
  }

  /// Fetches between places as fetches between the cluster's ranks.
  func ranks(of fetches: [ExpertFetch]) -> [ExpertFetch] {
    guard !isWhole else { return fetches }
    return fetches.map { ExpertFetch(expert: $0.expert, sender: ids[$0.sender], receiver: ids[$0.receiver]) }
  }
}
