import PerformanceModel

/// Counts exactly what the tokens of one layer of one step send, given the slot of every visit.
///
/// Scratch space of one thread, reused from layer to layer.
package final class TrafficCounter {
  struct Place {
    var rank: UInt16
    var node: UInt16
  }

  let ranks: Int
  let ranksPerNode: Int
  let nodes: Int
  /// The ranks that have slots; nil for all.
  let alive: [Int]?
  /// `[slots]` where a slot is.
  let places: UnsafeMutableBufferPointer<Place>
  /// `[slots]` visits.
  package let slotTokens: UnsafeMutableBufferPointer<UInt32>
  /// `[ranks][ranks]` visits in the low half and tokens that visit in the high half, so that one addition counts both.
  let visitsAndCopies: UnsafeMutableBufferPointer<UInt64>
  /// `[ranks][nodes]` tokens that visit.
  let nodeCopies: UnsafeMutableBufferPointer<UInt32>
  /// `[ranks]` and `[nodes]` the last token that was seen going there, 1-based.
  let lastTokenToRank: UnsafeMutableBufferPointer<UInt32>
  let lastTokenToNode: UnsafeMutableBufferPointer<UInt32>

  /// `[touchedCount]` cells of the square matrices that are not 0, in room for as many as there are visits.
  private var touched: UnsafeMutableBufferPointer<UInt32>
  /// Nil where any cell may be other than 0: a list pays only while most are.
  private var touchedCount: Int?
  /// Whether nobody else adds to the traffic that is filled here.
  private let isAlone: Bool

  /// Distinct nodes that one of the tokens counted last visits, at most.
  var mostNodes = 0

  /// - Parameters:
  ///   - alive: ranks that have slots, ascending; nil for all.
  ///   - isAlone: whether nobody else adds to the traffic that is filled here.
  package init(ranks: Int, ranksPerNode: Int, slotsPerRank: Int, alive: [Int]? = nil, isAlone: Bool = true) {
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    nodes = ranks / ranksPerNode
    self.alive = alive
    self.isAlone = isAlone
    touched = .zeros(0)
    let slots = (alive?.count ?? ranks) * slotsPerRank
    places = .allocate(capacity: slots)
    slotTokens = .zeros(slots)
    visitsAndCopies = .zeros(ranks * ranks)
    nodeCopies = .zeros(ranks * nodes)
    lastTokenToRank = .zeros(ranks)
    lastTokenToNode = .zeros(nodes)
    for slot in places.indices {
      let rank = alive?[slot / slotsPerRank] ?? slot / slotsPerRank
      places.initializeElement(at: slot, to: Place(rank: UInt16(rank), node: UInt16(rank / ranksPerNode)))
    }
  }

  deinit {
    places.deallocate()
    slotTokens.deallocate()
    visitsAndCopies.deallocate()
    nodeCopies.deallocate()
    lastTokenToRank.deallocate()
    lastTokenToNode.deallocate()
    touched.deallocate()
  }

  /// Counts the visits in `slotOfVisit`, `[tokens][topK]`, of tokens on `sources`, `[tokens]`.
  ///
  /// - Parameter traffic: what was filled here last, or all zeros.
  /// - Complexity: O(`slotOfVisit.count` + `ranks`²), without the second where few cells of the matrices have visits.
  package func count(
    slotOfVisit: Span<UInt16>, topK: Int, sources: Span<UInt32>, into traffic: inout Traffic
  ) {
    let wasListed = clear(&traffic)
    slotOfVisit.withUnsafeBufferPointer { slotOfVisit in
      sources.withUnsafeBufferPointer { sources in
        if ranks <= UInt64.bitWidth {
          countWithMasks(slotOfVisit: slotOfVisit, topK: topK, sources: sources)
        } else {
          countWithStamps(slotOfVisit: slotOfVisit, topK: topK, sources: sources)
        }
      }
    }
    widen(into: &traffic, wasListed: wasListed)
  }
}

extension TrafficCounter {
  /// The same where tokens have visits of different number, `starts[t]..<starts[t + 1]` those of token t.
  func count(slotOfVisit: [UInt16], starts: [Int], sources: [UInt32], into traffic: inout Traffic) {
    let wasListed = clear(&traffic)
    for (token, source) in sources.enumerated() {
      let stamp = UInt32(token + 1)
      var reached = 0
      for visit in starts[token]..<starts[token + 1] {
        let slot = Int(slotOfVisit[visit])
        let (rank, node) = (Int(places[slot].rank), Int(places[slot].node))
        slotTokens[slot] += 1
        visitsAndCopies[Int(source) * ranks + rank] += lastTokenToRank[rank] == stamp ? 1 : 1 | 1 << 32
        if lastTokenToNode[node] != stamp {
          nodeCopies[Int(source) * nodes + node] += 1
          reached += 1
        }
        lastTokenToRank[rank] = stamp
        lastTokenToNode[node] = stamp
      }
      mostNodes = max(mostNodes, reached)
    }
    widen(into: &traffic, wasListed: wasListed)
  }
}

/// The innermost loops of a replay: a few increments for each of a trace's visits.
///
/// Unchecked: dispatch rules give slots below the placement's, and `SourceAssignment` gives ranks below the cluster's.
extension TrafficCounter {
  /// - Returns: whether the square matrices of the traffic are 0 now.
  private func clear(_ traffic: inout Traffic) -> Bool {
    mostNodes = 0
    if traffic.visits.isEmpty { traffic.visits = Array(repeating: 0, count: ranks * ranks) }
    if traffic.rankCopies.isEmpty { traffic.rankCopies = Array(repeating: 0, count: ranks * ranks) }
    if traffic.nodeCopies.isEmpty { traffic.nodeCopies = Array(repeating: 0, count: ranks * nodes) }
    traffic.relayed = nil
    for counts in [slotTokens, nodeCopies, lastTokenToRank, lastTokenToNode] { counts.update(repeating: 0) }
    guard let touchedCount else {
      visitsAndCopies.update(repeating: 0)
      return false
    }
    traffic.visits.withUnsafeMutableBufferPointer { visits in
      traffic.rankCopies.withUnsafeMutableBufferPointer { copies in
        for index in 0..<touchedCount {
          let cell = Int(touched[index])
          visitsAndCopies[cell] = 0
          visits[cell] = 0
          copies[cell] = 0
        }
      }
    }
    self.touchedCount = nil
    return true
  }

  /// Marks the ranks and nodes that a token has reached as bits of a word; no branch depends on the data.
  func countWithMasks(slotOfVisit: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>) {
    guard var visit = slotOfVisit.baseAddress else { return }
    var mostNodes = 0
    for source in sources {
      let rows = rows(of: Int(source))
      var ranksReached: UInt64 = 0
      var nodesReached: UInt64 = 0
      for _ in 0..<topK {
        let slot = Int(visit.pointee)
        let place = rows.places[slot]
        visit += 1
        rows.slotTokens[slot] &+= 1
        let isNewRank = ~(ranksReached &>> UInt64(place.rank)) & 1
        let isNewNode = ~(nodesReached &>> UInt64(place.node)) & 1
        ranksReached |= 1 &<< UInt64(place.rank)
        nodesReached |= 1 &<< UInt64(place.node)
        rows.visitsAndCopies[Int(place.rank)] &+= 1 | isNewRank &<< 32
        rows.nodeCopies[Int(place.node)] &+= UInt32(truncatingIfNeeded: isNewNode)
      }
      mostNodes = max(mostNodes, nodesReached.nonzeroBitCount)
    }
    self.mostNodes = mostNodes
  }

  /// Remembers the last token that reached each rank and node, for any number of ranks, and lists the cells that have
  /// visits.
  func countWithStamps(slotOfVisit: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>) {
    if touched.count <= slotOfVisit.count {
      touched.deallocate()
      touched = .allocate(capacity: slotOfVisit.count + 1)
      touched.initialize(repeating: 0)
    }
    guard var visit = slotOfVisit.baseAddress, let lastToRank = lastTokenToRank.baseAddress,
      let lastToNode = lastTokenToNode.baseAddress, let touched = touched.baseAddress
    else { return }
    var touchedCount = 0
    var stamp: UInt32 = 0
    var mostNodes = 0
    for source in sources {
      let rows = rows(of: Int(source))
      stamp &+= 1
      var nodesReached = 0
      for _ in 0..<topK {
        let slot = Int(visit.pointee)
        let rank = Int(rows.places[slot].rank)
        let node = Int(rows.places[slot].node)
        visit += 1
        rows.slotTokens[slot] &+= 1
        let visits = rows.visitsAndCopies[rank]
        touched[touchedCount] = UInt32(truncatingIfNeeded: Int(source) &* ranks &+ rank)
        touchedCount &+= visits == 0 ? 1 : 0
        rows.visitsAndCopies[rank] = visits &+ (lastToRank[rank] == stamp ? 1 : 1 | 1 &<< 32)
        let isNewNode = lastToNode[node] != stamp
        rows.nodeCopies[node] &+= isNewNode ? 1 : 0
        nodesReached &+= isNewNode ? 1 : 0
        lastToRank[rank] = stamp
        lastToNode[node] = stamp
      }
      mostNodes = max(mostNodes, nodesReached)
    }
    self.mostNodes = mostNodes
    if isAlone, 4 * touchedCount <= ranks * ranks { self.touchedCount = touchedCount }
  }

  /// Gives counts, at most 2^31 each, as doubles.
  ///
  /// - Parameter wasListed: whether the square matrices of the traffic are 0.
  private func widen(into traffic: inout Traffic, wasListed: Bool) {
    traffic.visits.withUnsafeMutableBufferPointer { visits in
      traffic.rankCopies.withUnsafeMutableBufferPointer { copies in
        if let touchedCount {
          if !wasListed {
            visits.update(repeating: 0)
            copies.update(repeating: 0)
          }
          for index in 0..<touchedCount { widen(Int(touched[index]), visits, copies) }
        } else {
          for cell in 0..<visitsAndCopies.count { widen(cell, visits, copies) }
        }
      }
    }
    traffic.nodeCopies.withUnsafeMutableBufferPointer { copies in
      for i in 0..<nodeCopies.count { copies[i] = Double(Int32(truncatingIfNeeded: nodeCopies[i])) }
    }
  }

  @inline(__always)
  private func widen(
    _ cell: Int, _ visits: UnsafeMutableBufferPointer<Double>, _ copies: UnsafeMutableBufferPointer<Double>
  ) {
    visits[cell] = Double(Int32(truncatingIfNeeded: visitsAndCopies[cell]))
    copies[cell] = Double(Int32(truncatingIfNeeded: visitsAndCopies[cell] &>> 32))
  }

  private struct Rows {
    let places: UnsafeMutablePointer<Place>
    let slotTokens: UnsafeMutablePointer<UInt32>
    let visitsAndCopies: UnsafeMutablePointer<UInt64>
    let nodeCopies: UnsafeMutablePointer<UInt32>
  }

  /// The slot tables, and one source's rows of the matrices; none is empty, since there is at least one slot.
  @inline(__always)
  private func rows(of source: Int) -> Rows {
    Rows(
      places: places.baseAddress!, slotTokens: slotTokens.baseAddress!,
      visitsAndCopies: visitsAndCopies.baseAddress! + source * ranks,
      nodeCopies: nodeCopies.baseAddress! + source * nodes)
  }
}
