/// A router that prefers no expert, as benchmarks of All-to-All kernels use it.
public enum Gate: String, CaseIterable, Sendable {
  /// Each token draws its top-k uniformly without repetition.
  case uniform
  /// Each token's experts sit on as many different ranks as possible, and all ranks get the same.
  case perfect
  /// Each token draws the groups that it may visit uniformly, then its top-k uniformly among their experts, as
  /// DeepSeek-V3's router does when all scores are alike.
  case limited
}

/// The traffic that a gate without preferences is expected to send.
///
/// A token misses `m` of `E` experts altogether with probability C(E − m, k)/C(E, k), so it touches
/// G·(1 − C(E − E/G, k)/C(E, k)) of G equal parts. Under a limit to `t` of `g` groups, x of a part's experts are in the
/// token's groups, with the probability of drawing so many groups from the part, and the token misses these as above
/// among its t·E/g experts.
public struct GateExpectation: Sendable {
  public let experts: Int
  public let topK: Int
  public let gate: Gate
  private let limit: GroupLimit?

  /// - Parameters:
  ///   - topK: at most `experts`.
  ///   - groups: of equal, contiguous experts; heeded by `Gate.limited` alone.
  ///   - groupsPerToken: at most `groups`, with at least `topK` experts.
  public init(experts: Int, topK: Int, gate: Gate = .uniform, groups: Int = 1, groupsPerToken: Int = 1) {
    precondition(topK <= experts)
    self.experts = experts
    self.topK = topK
    self.gate = gate
    limit =
      gate == .limited
      ? GroupLimit(experts: experts, topK: topK, groups: groups, groupsPerToken: groupsPerToken) : nil
  }

  /// Probability that a token visits one of `parts` equal, contiguous shares of the experts; under a limit, the first.
  public func touchProbability(parts: Int) -> Double { touchProbability(part: 0, of: parts) }

  private func touchProbability(part: Int, of parts: Int) -> Double {
    switch gate {
    case .perfect: return min(1, Double(topK) / Double(parts))
    case .uniform: break
    case .limited:
      if let limit { return limit.touchProbability(of: block(part, of: parts)) }
    }
    return 1 - Self.missProbability(of: Double(experts) / Double(parts), among: Double(experts), topK: topK)
  }

  /// The experts of a contiguous share.
  private func block(_ part: Int, of parts: Int) -> Range<Int> {
    experts * part / parts..<experts * (part + 1) / parts
  }

  /// Expected copies of `tokensPerRank` tokens from each rank, with the experts spread contiguously.
  public func traffic(ranks: Int, ranksPerNode: Int, tokensPerRank: Double) -> Traffic {
    var traffic = Traffic(ranks: ranks, ranksPerNode: ranksPerNode)
    let nodes = traffic.nodes
    let rankCopies = (0..<ranks).map { tokensPerRank * touchProbability(part: $0, of: ranks) }
    let nodeCopies = (0..<nodes).map { tokensPerRank * touchProbability(part: $0, of: nodes) }
    let visits = tokensPerRank * Double(topK) / Double(ranks)
    for index in traffic.visits.indices {
      traffic.visits[index] = visits
      traffic.rankCopies[index] = rankCopies[index % ranks]
    }
    for index in traffic.nodeCopies.indices { traffic.nodeCopies[index] = nodeCopies[index % nodes] }
    return traffic
  }

  /// C(all − share, k)/C(all, k) as a product, which stays in range for any number of experts.
  static func missProbability(of share: Double, among all: Double, topK: Int) -> Double {
    (0..<topK).reduce(1.0) { probability, drawn in
      let left = all - Double(drawn)
      return probability * max(0, left - share) / left
    }
  }
}
