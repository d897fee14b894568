extension [Double] {
  /// Puts the value at `place` that descending order has there, none below it before it and none above it after it.
  ///
  /// Quickselect (Hoare 1961) with the middle of three as pivot.
  ///
  /// - Parameters:
  ///   - place: of no value, for `count`.
  ///   - start: before which values stay, at most `place`; they are none below those that follow.
  /// - Complexity: O(count) on average.
  package mutating func putInPlace(_ place: Int, from start: Int) {
    guard place < count else { return }
    var (low, high) = (start, count - 1)
    while low < high {
      let (a, b, c) = (self[low], self[low + (high - low) / 2], self[high])
      let pivot = Swift.max(Swift.min(a, b), Swift.min(Swift.max(a, b), c))
      var (left, right) = (low, high)
      while left <= right {
        while self[left] > pivot { left += 1 }
        while self[right] < pivot { right -= 1 }
        if left <= right {
          swapAt(left, right)
          (left, right) = (left + 1, right - 1)
        }
      }
      if place <= right { high = right } else if place >= left { low = left } else { return }
    }
  }
}
