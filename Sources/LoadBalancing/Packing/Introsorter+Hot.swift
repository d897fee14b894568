/// The steps of `Introsort` on plain memory.
struct Introsorter {
  private let keys: UnsafeMutableBufferPointer<UInt64>

  /// - Precondition: there are two keys or more.
  static func sort(_ keys: inout [UInt64], depthLimit: Int) {
    keys.withUnsafeMutableBufferPointer { keys in
      let sorter = Introsorter(keys: keys)
      sorter.partition(0..<keys.count, depthLimit: depthLimit)
      sorter.finishByInsertion()
    }
  }

  /// Runs up to this length are left to the final insertion sort.
  private static let shortRun = 16

  private func precedes(_ a: UInt64, _ b: UInt64) -> Bool { a &>> 32 < b &>> 32 }

  private func partition(_ range: Range<Int>, depthLimit: Int) {
    var end = range.upperBound
    var depth = depthLimit
    while end - range.lowerBound > Self.shortRun {
      if depth == 0 { return heapSort(range.lowerBound..<end) }
      depth -= 1
      let cut = cut(range.lowerBound..<end)
      partition(cut..<end, depthLimit: depth)
      end = cut
    }
  }

  /// Partitions around the median of the second, the middle and the last key.
  private func cut(_ range: Range<Int>) -> Int {
    let pivot = range.lowerBound
    moveMedian(of: pivot + 1, pivot + range.count / 2, range.upperBound - 1, to: pivot)
    var first = pivot + 1
    var last = range.upperBound
    while true {
      while precedes(keys[first], keys[pivot]) { first += 1 }
      last -= 1
      while precedes(keys[pivot], keys[last]) { last -= 1 }
      if first >= last { return first }
      keys.swapAt(first, last)
      first += 1
    }
  }

  private func moveMedian(of a: Int, _ b: Int, _ c: Int, to target: Int) {
    let median =
      if precedes(keys[a], keys[b]) {
        precedes(keys[b], keys[c]) ? b : precedes(keys[a], keys[c]) ? c : a
      } else {
        precedes(keys[a], keys[c]) ? a : precedes(keys[b], keys[c]) ? c : b
      }
    keys.swapAt(target, median)
  }

  private func finishByInsertion() {
    for index in 1..<keys.count {
      let key = keys[index]
      if index < Self.shortRun, precedes(key, keys[0]) {
        for place in stride(from: index, to: 0, by: -1) { keys[place] = keys[place - 1] }
        keys[0] = key
      } else {
        var place = index
        while precedes(key, keys[place - 1]) {
          keys[place] = keys[place - 1]
          place -= 1
        }
        keys[place] = key
      }
    }
  }

  /// For runs that partitioning does not get short.
  private func heapSort(_ range: Range<Int>) {
    for parent in (0...(range.count - 2) / 2).reversed() {
      sift(keys[range.lowerBound + parent], from: parent, in: range)
    }
    for end in stride(from: range.upperBound - 1, to: range.lowerBound, by: -1) {
      let key = keys[end]
      keys[end] = keys[range.lowerBound]
      sift(key, from: 0, in: range.lowerBound..<end)
    }
  }

  /// Moves the hole at `top` down to a leaf, and `key` from there up to its place.
  private func sift(_ key: UInt64, from top: Int, in range: Range<Int>) {
    let base = range.lowerBound
    var hole = top
    while hole < (range.count - 1) / 2 {
      var child = 2 * hole + 2
      if precedes(keys[base + child], keys[base + child - 1]) { child -= 1 }
      keys[base + hole] = keys[base + child]
      hole = child
    }
    if range.count.isMultiple(of: 2), range.count >= 2, hole == (range.count - 2) / 2 {
      keys[base + hole] = keys[base + 2 * hole + 1]
      hole = 2 * hole + 1
    }
    while hole > top, precedes(keys[base + (hole - 1) / 2], key) {
      keys[base + hole] = keys[base + (hole - 1) / 2]
      hole = (hole - 1) / 2
    }
    keys[base + hole] = key
  }
}
