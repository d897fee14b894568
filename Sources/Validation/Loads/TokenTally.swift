/// Counts tokens with their experts one after another, experts in contiguous blocks over ranks and nodes.
struct TokenTally {
  private let ranks: Int
  private let nodes: Int
  private let experts: Int
  private var expertVisits: [Double]
  private var rankTokens: [Double]
  private var nodeTokens: [Double]
  /// The last token seen on each rank and node.
  private var seenOnRank: [Int]
  private var seenOnNode: [Int]
  private var token = 0

  init(experts: Int, ranks: Int, nodes: Int) {
    self.experts = experts
    self.ranks = ranks
    self.nodes = nodes
    expertVisits = Array(repeating: 0, count: experts)
    rankTokens = Array(repeating: 0, count: ranks)
    nodeTokens = Array(repeating: 0, count: nodes)
    seenOnRank = Array(repeating: 0, count: ranks)
    seenOnNode = Array(repeating: 0, count: nodes)
  }

  /// - Parameter times: how many tokens have these experts.
  mutating func add(_ chosen: some Sequence<Int>, times: Double) {
    token += 1
    for expert in chosen {
      expertVisits[expert] += times
      let rank = expert / (experts / ranks)
      let node = rank / (ranks / nodes)
      if seenOnRank[rank] != token { rankTokens[rank] += times }
      if seenOnNode[node] != token { nodeTokens[node] += times }
      seenOnRank[rank] = token
      seenOnNode[node] = token
    }
  }

  var load: DrawnLoad {
    let perRank = experts / ranks
    let rankVisits = (0..<ranks).map { expertVisits[$0 * perRank..<($0 + 1) * perRank].reduce(0, +) }
    let hottest = rankVisits.indices.max { (rankVisits[$0], $1) < (rankVisits[$1], $0) } ?? 0
    return DrawnLoad(
      hottestSlots: Array(expertVisits[hottest * perRank..<(hottest + 1) * perRank]),
      hottestTokens: rankTokens[hottest], rankVisits: rankVisits, rankTokens: rankTokens, nodeTokens: nodeTokens)
  }
}
