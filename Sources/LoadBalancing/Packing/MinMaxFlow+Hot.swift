/// The flow of `MinMaxAssignment` on plain memory; its arrays are described there and in `ReplicaGraph`.
struct MinMaxFlow {
  let edges: UnsafeBufferPointer<ReplicaGraph.Edge>
  let firstEdge: UnsafeBufferPointer<Int32>
  let splitExperts: UnsafeBufferPointer<Int32>
  let firstOfRank: UnsafeBufferPointer<Int32>
  let edgesByRank: UnsafeBufferPointer<Int32>
  let flow: UnsafeMutableBufferPointer<Int>
  let rankTokens: UnsafeMutableBufferPointer<Int>
  let rest: UnsafeMutableBufferPointer<Int>
  let expertDistance: UnsafeMutableBufferPointer<Int32>
  let rankDistance: UnsafeMutableBufferPointer<Int32>
  let expertArc: UnsafeMutableBufferPointer<Int32>
  let rankArc: UnsafeMutableBufferPointer<Int32>
  let queue: UnsafeMutableBufferPointer<Int32>
  var level = 0

  private static let unreached = Int32.max

  mutating func solve(_ counts: Span<Int>) {
    start(counts)
    var isDone = true
    for split in splitExperts {
      let expert = Int(split)
      rest[expert] = fill(expert, counts[expert])
      isDone = isDone && rest[expert] == 0
    }
    while !isDone {
      measureDistances()
      raiseLevel()
      isDone = routeShortest()
    }
  }

  /// Gives the experts on one rank their tokens, and sets the level to the least that any assignment could have.
  private mutating func start(_ counts: Span<Int>) {
    var total = 0
    for expert in counts.indices {
      total += counts[expert]
      let edge = Int(firstEdge[expert])
      let isSplit = Int(firstEdge[expert + 1]) - edge > 1
      let tokens = isSplit ? 0 : counts[expert]
      flow[edge] = tokens
      rankTokens[Int(edges[edge].rank)] += tokens
    }
    level = (total + rankTokens.count - 1) / rankTokens.count
    for tokens in rankTokens { level = max(level, tokens) }
  }

  /// Pours an expert's tokens onto its lowest ranks, evenly and up to the level; returns what is left.
  private func fill(_ expert: Int, _ count: Int) -> Int {
    let mine = Range(uncheckedBounds: (Int(firstEdge[expert]), Int(firstEdge[expert + 1])))
    // The water stands at the mean of the ranks below it: those above drop out until none is.
    var members = mine.count
    var sum = count
    for edge in mine { sum += rankTokens[Int(edges[edge].rank)] }
    var surface = sum / members
    while true {
      var below = 0
      var water = count
      for edge in mine {
        let tokens = rankTokens[Int(edges[edge].rank)]
        below += tokens <= surface ? 1 : 0
        water += tokens <= surface ? tokens : 0
      }
      guard below < members else { break }
      members = below
      surface = water / below
    }
    surface = min(surface, level)
    var left = count
    for edge in mine {
      let rank = Int(edges[edge].rank)
      let poured = max(0, surface - rankTokens[rank])
      flow[edge] = poured
      rankTokens[rank] += poured
      left -= poured
    }
    guard left > 0, surface < level else { return left }
    // Division left less than one token for each rank at the surface.
    for edge in mine where left > 0 {
      let rank = Int(edges[edge].rank)
      guard rankTokens[rank] == surface else { continue }
      flow[edge] += 1
      rankTokens[rank] += 1
      left -= 1
    }
    return left
  }

  /// Breadth first from the ranks with room, against the direction in which tokens move.
  private func measureDistances() {
    for split in splitExperts { expertDistance[Int(split)] = Self.unreached }
    var queued = 0
    for rank in rankTokens.indices {
      let hasRoom = rankTokens[rank] < level
      rankDistance[rank] = hasRoom ? 0 : Self.unreached
      rankArc[rank] = firstOfRank[rank]
      queue[queued] = Int32(truncatingIfNeeded: rank)
      queued += hasRoom ? 1 : 0
      if queued == rankTokens.count { break }
    }
    var head = 0
    while head < queued {
      let rank = Int(queue[head])
      head += 1
      for index in Int(firstOfRank[rank])..<Int(firstOfRank[rank + 1]) {
        let expert = Int(edges[Int(edgesByRank[index])].expert)
        guard expertDistance[expert] == Self.unreached else { continue }
        expertDistance[expert] = rankDistance[rank]
        expertArc[expert] = firstEdge[expert]
        for edge in Int(firstEdge[expert])..<Int(firstEdge[expert + 1]) where flow[edge] > 0 {
          let other = Int(edges[edge].rank)
          guard rankDistance[other] == Self.unreached else { continue }
          rankDistance[other] = rankDistance[rank] + 1
          queue[queued] = Int32(truncatingIfNeeded: other)
          queued += 1
        }
      }
    }
  }

  /// Experts that reach no room keep their tokens on the ranks that reach none either: the level rises to their mean.
  private mutating func raiseLevel() {
    var stuck = 0
    for split in splitExperts where expertDistance[Int(split)] == Self.unreached { stuck += rest[Int(split)] }
    guard stuck > 0 else { return }
    var full = 0
    for distance in rankDistance where distance == Self.unreached { full += 1 }
    level += (stuck + full - 1) / full
  }

  /// Routes what is left along shortest paths until each is blocked; whether nothing is left.
  private func routeShortest() -> Bool {
    var isDone = true
    for split in splitExperts {
      let expert = Int(split)
      guard rest[expert] > 0 else { continue }
      if expertDistance[expert] != Self.unreached { rest[expert] -= push(expert, rest[expert]) }
      isDone = isDone && rest[expert] == 0
    }
    return isDone
  }

  /// Moves up to `amount` tokens of an expert onto its ranks; returns how many.
  private func push(_ expert: Int, _ amount: Int) -> Int {
    var left = amount
    while expertArc[expert] < firstEdge[expert + 1] {
      let edge = Int(expertArc[expert])
      let rank = Int(edges[edge].rank)
      if rankDistance[rank] == expertDistance[expert] {
        let taken = takeIn(rank, left)
        flow[edge] += taken
        left -= taken
        if left == 0 { break }
      }
      expertArc[expert] += 1
    }
    return amount - left
  }

  /// Makes room on a rank for up to `amount` tokens, by displacing others if it is full; returns for how many.
  private func takeIn(_ rank: Int, _ amount: Int) -> Int {
    if rankDistance[rank] == 0 {
      let taken = min(amount, level - rankTokens[rank])
      rankTokens[rank] += taken
      return taken
    }
    var left = amount
    while rankArc[rank] < firstOfRank[rank + 1] {
      let edge = Int(edgesByRank[Int(rankArc[rank])])
      let expert = Int(edges[edge].expert)
      if flow[edge] > 0, expertDistance[expert] == rankDistance[rank] - 1 {
        let displaced = push(expert, min(left, flow[edge]))
        flow[edge] -= displaced
        left -= displaced
        if left == 0 { break }
      }
      rankArc[rank] += 1
    }
    return amount - left
  }
}
