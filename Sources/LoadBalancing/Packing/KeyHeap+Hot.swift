extension KeyHeap {
  /// Moves the hole at `start` down until `key` fits into it.
  mutating func siftDown(_ key: UInt64, from start: Int) {
    let count = count
    keys.withUnsafeMutableBufferPointer { keys in
      var hole = start
      while true {
        var child = 2 * hole + 1
        guard child < count else { break }
        if child + 1 < count, keys[child + 1] < keys[child] { child += 1 }
        guard keys[child] < key else { break }
        keys[hole] = keys[child]
        hole = child
      }
      keys[hole] = key
    }
  }
}
