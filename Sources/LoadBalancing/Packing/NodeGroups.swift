/// Expert groups packed onto nodes, longest first: which experts each node gets. As many groups as nodes stay in order.
enum NodeGroups {
  /// - Parameters:
  ///   - load: `[experts]` tokens.
  ///   - groups: a multiple of `nodes`, and a divisor of the experts.
  /// - Returns: `[nodes]` experts, ascending.
  static func experts(_ load: [Double], groups: Int, nodes: Int) -> [[Int]] {
    let size = load.count / groups
    if groups == nodes { return (0..<nodes).map { Array($0 * size..<($0 + 1) * size) } }
    let loads = (0..<groups).map { load[$0 * size..<($0 + 1) * size].reduce(0, +) }
    var packing = LongestFirst(ranks: nodes, slotsPerRank: groups / nodes, tie: .count)
    packing.pack(loads, copies: Array(repeating: 1, count: groups))
    return packing.held.map { groups in groups.sorted().flatMap { Array($0 * size..<($0 + 1) * size) } }
  }
}
