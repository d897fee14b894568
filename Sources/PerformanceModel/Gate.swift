/// A router that prefers no expert, as benchmarks of All-to-All kernels use it.
public enum Gate: String, CaseIterable, Sendable {
  /// Each token draws its top-k uniformly without repetition.
  case uniform
  /// Each token's experts sit on as many different ranks as possible, and all ranks get the same.
  case perfect
}

/// The traffic that a gate without preferences is expected to send.
///
/// A token misses `m` of `E` experts altogether with probability C(E − m, k)/C(E, k), so it touches
/// G·(1 − C(E − E/G, k)/C(E, k)) of G equal parts.
public struct GateExpectation: Sendable {
  public let experts: Int
  public let topK: Int
  public let gate: Gate

  /// - Parameter topK: at most `experts`.
  public init(experts: Int, topK: Int, gate: Gate = .uniform) {
    precondition(topK <= experts)
    self.experts = experts
    self.topK = topK
    self.gate = gate
  }

  /// Probability that a token visits one of `parts` equal, contiguous shares of the experts.
  public func touchProbability(parts: Int) -> Double {
    switch gate {
    case .perfect: min(1, Double(topK) / Double(parts))
    case .uniform: 1 - missProbability(of: Double(experts) / Double(parts))
    }
  }

  /// Expected copies of `tokensPerRank` tokens from each rank, with the experts spread contiguously.
  public func traffic(ranks: Int, ranksPerNode: Int, tokensPerRank: Double) -> Traffic {
    var traffic = Traffic(ranks: ranks, ranksPerNode: ranksPerNode)
    let visits = tokensPerRank * Double(topK) / Double(ranks)
    let rankCopies = tokensPerRank * touchProbability(parts: ranks)
    let nodeCopies = tokensPerRank * touchProbability(parts: traffic.nodes)
    for index in traffic.visits.indices {
      traffic.visits[index] = visits
      traffic.rankCopies[index] = rankCopies
    }
    for index in traffic.nodeCopies.indices { traffic.nodeCopies[index] = nodeCopies }
    return traffic
  }

  /// C(E − share, k)/C(E, k) as a product, which stays in range for any E.
  private func missProbability(of share: Double) -> Double {
    (0..<topK).reduce(1.0) { probability, drawn in
      let left = Double(experts - drawn)
      return probability * max(0, left - share) / left
    }
  }
}
