import PerformanceModel

/// The innermost loop of most replays: a few instructions for each of a trace's visits, and a few for each token.
///
/// Unchecked: experts are below the placement's, since steps are validated, dispatch rules give slots below the placement's,
/// and `SourceAssignment` gives ranks below the cluster's.
extension CopyCounter {
  /// `[256]` the eight bits of a byte as eight bytes.
  private static let spread: [UInt64] = (0..<256).map { byte in
    (0..<8).reduce(0) { $0 | UInt64(byte >> $1 & 1) << UInt64(8 * $1) }
  }
  private static let laneLimit: UInt32 = 255

  func clear() {
    lanes.update(repeating: 0)
    tokens.update(repeating: 0)
    room.update(repeating: Self.laneLimit)
    if hasCarried { carried.update(repeating: 0) }
    hasCarried = false
    progress.removeAll(keepingCapacity: true)
    progress += begun
    mostNodes = 0
  }

  func count(_ visited: Span<UInt16>, topK: Int, sources: Span<UInt32>) {
    visited.withUnsafeBufferPointer { visited in
      sources.withUnsafeBufferPointer { sources in
        turns.withUnsafeBufferPointer { turns in
          progress.withUnsafeMutableBufferPointer { progress in
            Self.spread.withUnsafeBufferPointer { spread in
              guard let visited = visited.baseAddress, let turns = turns.baseAddress,
                let progress = progress.baseAddress, let spread = spread.baseAddress
              else { return }
              switch topK {
              case 8: count(visited, 8, sources, turns, progress, spread)
              default: count(visited, topK, sources, turns, progress, spread)
              }
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private func count(
    _ visited: UnsafePointer<UInt16>, _ topK: Int, _ sources: UnsafeBufferPointer<UInt32>,
    _ turns: UnsafePointer<Turn>, _ progress: UnsafeMutablePointer<Progress>, _ spread: UnsafePointer<UInt64>
  ) {
    guard let lanes = lanes.baseAddress, let room = room.baseAddress else { return }
    let (rankWords, nodeWords) = (rankWords, nodeWords)
    var visited = visited
    var mostNodes: UInt64 = 0
    for source in sources {
      let source = Int(source)
      var reached = SIMD2<UInt64>.zero
      for visit in 0..<topK {
        let key = Int(visited[visit])
        let now = progress[key]
        let turn = turns + Int(UInt32(truncatingIfNeeded: now))
        reached |= turn.pointee.bits
        progress[key] = now &+ turn.pointee.step
      }
      visited += topK
      if room[source] == 0 { carry(source) }
      room[source] &-= 1
      let row = lanes + source &* (rankWords &+ nodeWords)
      var bits = reached[0]
      for word in 0..<rankWords {
        row[word] &+= spread[Int(bits & 0xFF)]
        bits &>>= 8
      }
      bits = reached[1]
      var nodesReached: UInt64 = 0
      for word in 0..<nodeWords {
        let bytes = spread[Int(bits & 0xFF)]
        row[rankWords &+ word] &+= bytes
        nodesReached &+= bytes
        bits &>>= 8
      }
      // The product's highest byte is the sum of the bytes.
      mostNodes = max(mostNodes, (nodesReached &* 0x0101_0101_0101_0101) &>> 56)
    }
    self.mostNodes = Int(mostNodes)
    for source in 0..<ranks { tokens[source] &+= Self.laneLimit &- room[source] }
  }

  /// Empties the lanes of a source.
  @inline(never)
  private func carry(_ source: Int) {
    hasCarried = true
    let width = rankWords &+ nodeWords
    let bytes = UnsafeRawBufferPointer(
      rebasing: UnsafeRawBufferPointer(lanes)[(source * width * 8)..<((source + 1) * width * 8)])
    for place in bytes.indices { carried[source * width * 8 + place] &+= UInt32(bytes[place]) }
    for word in 0..<width { lanes[source * width + word] = 0 }
    tokens[source] &+= Self.laneLimit
    room[source] = Self.laneLimit
  }

  /// Gives counts as doubles.
  func widen(into traffic: inout Traffic) {
    let (ranks, nodes, rankWords, width) = (ranks, nodes, rankWords, 8 * (rankWords + nodeWords))
    let (carried, hasCarried) = (carried, hasCarried)
    let bytes = UnsafeRawBufferPointer(lanes).bindMemory(to: UInt8.self)
    traffic.rankCopies.withUnsafeMutableBufferPointer { rankCopies in
      traffic.nodeCopies.withUnsafeMutableBufferPointer { nodeCopies in
        for source in 0..<ranks {
          let row = source &* width
          for rank in 0..<ranks { rankCopies[source &* ranks &+ rank] = Double(bytes[row &+ rank]) }
          for node in 0..<nodes { nodeCopies[source &* nodes &+ node] = Double(bytes[row &+ 8 &* rankWords &+ node]) }
          guard hasCarried else { continue }
          for rank in 0..<ranks { rankCopies[source &* ranks &+ rank] += Double(carried[row &+ rank]) }
          for node in 0..<nodes {
            nodeCopies[source &* nodes &+ node] += Double(carried[row &+ 8 &* rankWords &+ node])
          }
        }
      }
    }
  }
}
