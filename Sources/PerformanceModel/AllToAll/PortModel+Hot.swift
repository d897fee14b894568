// The sums over the copy matrices that a replay takes once per layer, step and policy. Rows are added eight
// elements at a time; the unsafe buffers do not leave this file.

extension Traffic {
  /// Node paths of DeepEP's normal kernels: one copy per token and foreign node over the NIC, to the relay with the
  /// sender's local index, then one per token and rank over scale-up.
  ///
  /// Senders of one local index share their relay on every node, so their rows are first added up: `[ranksPerNode][ranks]`
  /// sums tell both what each relay sends and what each rank receives.
  func dedupPortCopies() -> PortCopies {
    let (ranks, local, nodes) = (ranks, ranksPerNode, nodes)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: local * ranks + 2 * ranks) { scratch in
      scratch.initialize(repeating: 0)
      let relayed = UnsafeMutableBufferPointer(rebasing: scratch[..<(local * ranks)])
      let received = UnsafeMutableBufferPointer(rebasing: scratch[(local * ranks)..<(local * ranks + ranks)])
      let receivedOut = UnsafeMutableBufferPointer(rebasing: scratch[(local * ranks + ranks)...])
      var result = PortCopies()

      if let counted = self.relayed {
        _ = relayed.update(fromContentsOf: counted.toRanks)
      } else {
        rankCopies.withUnsafeBufferPointer { copies in
          for source in 0..<ranks { add(copies, row: source, to: relayed, at: source % local * ranks, count: ranks) }
        }
      }
      for relay in 0..<ranks {
        let row = relay % local * ranks
        let node = relay / local * local
        var sent = 0.0
        for destination in node..<(node + local) where destination != relay { sent += relayed[row + destination] }
        result.maximumScaleUp = max(result.maximumScaleUp, sent)
        result.totalScaleUp += sent
      }
      for index in 0..<local { add(UnsafeBufferPointer(relayed), row: index, to: received, at: 0, count: ranks) }
      for rank in 0..<ranks {
        result.maximumScaleUp = max(result.maximumScaleUp, received[rank] - relayed[rank % local * ranks + rank])
      }

      guard nodes > 1 else { return result }
      if let counted = self.relayed {
        for (sent, received) in zip(counted.sentOut, counted.receivedOut) {
          result.maximumScaleOut = max(result.maximumScaleOut, sent, received)
          result.totalScaleOut += sent
        }
        return result
      }
      nodeCopies.withUnsafeBufferPointer { copies in
        for source in 0..<ranks {
          var sent = 0.0
          for node in 0..<nodes where node != source / local {
            let amount = copies[source * nodes + node]
            sent += amount
            receivedOut[node * local + source % local] += amount
          }
          result.maximumScaleOut = max(result.maximumScaleOut, sent)
          result.totalScaleOut += sent
        }
      }
      for rank in 0..<ranks { result.maximumScaleOut = max(result.maximumScaleOut, receivedOut[rank]) }
      return result
    }
  }

  /// Straight paths: `inside` over scale-up inside a node, one copy per token and expert over the NIC outside.
  func straightPortCopies(inside: [Double]) -> PortCopies {
    let (ranks, local, nodes) = (ranks, ranksPerNode, nodes)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * ranks) { scratch in
      scratch.initialize(repeating: 0)
      let receivedUp = UnsafeMutableBufferPointer(rebasing: scratch[..<ranks])
      let received = UnsafeMutableBufferPointer(rebasing: scratch[ranks...])
      var result = PortCopies()
      visits.withUnsafeBufferPointer { visits in
        inside.withUnsafeBufferPointer { inside in
          for node in 0..<nodes {
            let columns = node * local..<(node + 1) * local
            for source in columns {
              let row = source * ranks
              var sentUp = 0.0
              for destination in columns where destination != source {
                sentUp += inside[row + destination]
                receivedUp[destination] += inside[row + destination]
              }
              add(visits, row: source, to: received, at: 0, count: ranks)
              for destination in columns { received[destination] -= visits[row + destination] }
              let sentOut =
                sum(visits, from: row, to: row + columns.lowerBound)
                + sum(visits, from: row + columns.upperBound, to: row + ranks)
              result.maximumScaleUp = max(result.maximumScaleUp, sentUp)
              result.totalScaleUp += sentUp
              result.maximumScaleOut = max(result.maximumScaleOut, sentOut)
              result.totalScaleOut += sentOut
            }
          }
        }
      }
      for rank in 0..<ranks {
        result.maximumScaleUp = max(result.maximumScaleUp, receivedUp[rank])
        result.maximumScaleOut = max(result.maximumScaleOut, received[rank])
      }
      return result
    }
  }
}

extension Traffic {
  /// Tokens and copies of the ranks that have most of them, own ones counted in.
  ///
  /// - Parameter topK: visits of a token.
  func handledCopies(_ copies: Copies, topK: Int) -> HandledCopies {
    let matrix = copies == .direct ? visits : rankCopies
    let ranks = ranks
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: ranks) { received in
      received.initialize(repeating: 0)
      var result = HandledCopies()
      matrix.withUnsafeBufferPointer { matrix in
        for source in 0..<ranks {
          add(matrix, row: source, to: received, at: 0, count: ranks)
          result.copies = max(result.copies, sum(matrix, from: source * ranks, to: (source + 1) * ranks))
        }
      }
      for rank in 0..<ranks { result.copies = max(result.copies, received[rank]) }
      visits.withUnsafeBufferPointer { visits in
        for source in 0..<ranks {
          let sent =
            visits.isEmpty
            ? visitsBySource[source] : sum(visits, from: source * ranks, to: (source + 1) * ranks)
          result.tokens = max(result.tokens, sent / Double(topK))
        }
      }
      return result
    }
  }
}

extension Traffic {
  /// `[ranks]` different tokens that visit each rank, its own counted in.
  ///
  /// - Parameter share: of the tokens.
  package func arrivedTokens(share: Double) -> [Double] {
    let ranks = ranks
    return [Double](unsafeUninitializedCapacity: ranks) { arrived, count in
      arrived.initialize(repeating: 0)
      let copies = relayed?.toRanks ?? rankCopies
      copies.withUnsafeBufferPointer { copies in
        for row in 0..<copies.count / ranks { add(copies, row: row, to: arrived, at: 0, count: ranks) }
      }
      for rank in 0..<ranks { arrived[rank] *= share }
      count = ranks
    }
  }
}

/// Adds row `row` of a matrix with `count` columns to `sums[start...]`.
@inline(__always)
private func add(
  _ matrix: UnsafeBufferPointer<Double>, row: Int, to sums: UnsafeMutableBufferPointer<Double>, at start: Int,
  count: Int
) {
  precondition(start + count <= sums.count && (row + 1) * count <= matrix.count)
  guard let from = matrix.baseAddress, let to = sums.baseAddress else { return }
  let source = UnsafeRawPointer(from + row * count)
  let target = UnsafeMutableRawPointer(to + start)
  let stride = MemoryLayout<Double>.stride
  var column = 0
  while column + 8 <= count {
    let offset = column * stride
    let sum =
      target.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self)
      + source.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self)
    target.storeBytes(of: sum, toByteOffset: offset, as: SIMD8<Double>.self)
    column += 8
  }
  while column < count {
    to[start + column] += from[row * count + column]
    column += 1
  }
}

/// Sum of `values[start..<end]` in four interleaved partial sums.
@inline(__always)
private func sum(_ values: UnsafeBufferPointer<Double>, from start: Int, to end: Int) -> Double {
  var partial = SIMD4<Double>.zero
  var index = start
  while index + 4 <= end {
    partial += SIMD4(values[index], values[index + 1], values[index + 2], values[index + 3])
    index += 4
  }
  var total = partial.sum()
  while index < end {
    total += values[index]
    index += 1
  }
  return total
}
