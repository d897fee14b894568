extension PairSums {
  /// Adds what an expert has in common with all to a place.
  mutating func add(_ expert: Int, at place: Int, _ paired: PairedExperts) {
    let (experts, row, from) = (experts, place * experts, expert * experts)
    withRows(paired) { together, correction, pairs, logs in
      for third in 0..<experts {
        together[row &+ third] += pairs[from &+ third]
        correction[row &+ third] += logs[from &+ third]
      }
    }
  }

  /// Moves what two experts have in common with all between their places.
  mutating func exchange(_ expert: Int, at a: Int, _ other: Int, at b: Int, _ paired: PairedExperts) {
    let (experts, rowA, rowB) = (experts, a * experts, b * experts)
    let (e, o) = (expert * experts, other * experts)
    withRows(paired) { together, correction, pairs, logs in
      for third in 0..<experts {
        let pair = pairs[o &+ third] - pairs[e &+ third]
        let log = logs[o &+ third] - logs[e &+ third]
        together[rowA &+ third] += pair
        together[rowB &+ third] -= pair
        correction[rowA &+ third] += log
        correction[rowB &+ third] -= log
      }
    }
  }

  @inline(__always)
  private mutating func withRows(
    _ paired: PairedExperts,
    _ body: (
      _ together: UnsafeMutableBufferPointer<Float>, _ correction: UnsafeMutableBufferPointer<Float>,
      _ pairs: UnsafeBufferPointer<Float>, _ logs: UnsafeBufferPointer<Float>
    ) -> Void
  ) {
    together.withUnsafeMutableBufferPointer { together in
      correction.withUnsafeMutableBufferPointer { correction in
        paired.together.withUnsafeBufferPointer { pairs in
          paired.logCorrection.withUnsafeBufferPointer { logs in body(together, correction, pairs, logs) }
        }
      }
    }
  }
}
