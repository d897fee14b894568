/// Tokens that visit every expert alike: row i takes the experts (i + j·E/k) mod E; rows fewer than E/k are stretched over
/// these.
struct BalancedRows {
  let experts: Int
  let topK: Int
  /// Of the whole group.
  let tokens: Int

  func load(ranks: Int, nodes: Int) -> DrawnLoad {
    var tally = TokenTally(experts: experts, ranks: ranks, nodes: nodes)
    let stride = experts / topK
    // Rows repeat after as many as there are experts.
    for row in 0..<min(tokens, experts) {
      let first = tokens < stride ? row * stride / tokens : row
      let times = tokens / experts + (row < tokens % experts ? 1 : 0)
      tally.add((0..<topK).lazy.map { (first + $0 * stride) % experts }, times: Double(times))
    }
    return tally.load
  }
}
