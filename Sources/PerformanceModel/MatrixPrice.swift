import Diagnostics

/// What one All-to-All of a bytes matrix costs.
public struct MatrixPrice: Sendable {
  /// The communication model's name.
  public let allToAll: String
  public let ranks: Int
  /// Microseconds.
  public let time: Double
  /// Microseconds that no schedule can beat.
  public let bound: Double
  /// A link and the fraction of what it could have carried that it carried.
  public struct LinkUse: Codable, Equatable, Sendable {
    public let link: String
    public let utilisation: Double
  }

  /// The links, the most used first, in the network's order among equals; empty unless the model knows links.
  public let links: [LinkUse]
  /// The most used link; nil when nothing was sent or the model does not know links.
  public var bottleneck: LinkUse? { links.first.flatMap { $0.utilisation > 0 ? $0 : nil } }
  /// Paths through the busiest core, on a mesh that counts them.
  public let routingEntries: Int?
  /// What a reader of the time has to know.
  public let notes: [String]
  /// The rounds, when the model is the packet simulation.
  public let schedule: RoundRobinSchedule?
  /// What the time was made of, when the model is the even-load formula.
  public let evenLoad: EvenLoad?

  /// Prices the matrix, each byte straight from its row to its column, on as many ranks as it has rows.
  ///
  /// - Parameters:
  ///   - isCombine: whether it is combine's, whose links may differ from dispatch's.
  ///   - log: is told of the packet simulation's rounds.
  /// - Throws: `InputError` when the ranks do not fill the cluster's nodes, the model cannot move the packets, or there is a
  ///   `log` and no packets.
  public init(
    of matrix: BytesMatrix, on cluster: Cluster, isCombine: Bool = false, log: ((PacketRound) -> Void)? = nil
  ) throws {
    var sized = try cluster.resized(ranks: matrix.ranks)
    sized.copies = .direct
    let model = try sized.makeAllToAll()
    allToAll = sized.allToAll
    ranks = sized.ranks
    let explanation: MatrixExplanation
    if let explaining = model as? any ExplainingModel {
      explanation = try explaining.explain(matrix.bytes, ranks: ranks, isCombine: isCombine, log: log)
    } else {
      let traffic = Traffic(matrix: matrix.bytes, ranks: ranks, ranksPerNode: sized.ranksPerNode, isCombine: isCombine)
      explanation = try model.explanation(of: traffic, isCombine: isCombine)
    }
    guard log == nil || explanation.schedule != nil else { throw InputError.withoutRounds(allToAll) }
    time = explanation.time
    bound = explanation.bound
    schedule = explanation.schedule
    evenLoad = explanation.evenLoad
    links = explanation.links
    routingEntries = explanation.routingEntries
    notes = sized.routingNotes(most: explanation.routingEntries)
  }
}

extension InputError {
  /// A log of rounds was asked of a model that has none.
  package static func withoutRounds(_ allToAll: String) -> InputError {
    InputError("'\(allToAll)' has no rounds to log; use round-robin", status: .usage)
  }
}

extension Traffic {
  /// Visits that are bytes, `[ranks][ranks]`, row = who sends them; combine's are dispatch's on their way back.
  init(matrix: [Double], ranks: Int, ranksPerNode: Int, isCombine: Bool) {
    self.init(ranks: ranks, ranksPerNode: ranksPerNode)
    visits = isCombine ? matrix.transposed(ranks: ranks) : matrix
  }
}

extension [Double] {
  /// `[ranks][ranks]` with rows for columns.
  package func transposed(ranks: Int) -> [Double] {
    var turned = self
    for row in 0..<ranks {
      for column in 0..<ranks { turned[column * ranks + row] = self[row * ranks + column] }
    }
    return turned
  }
}
