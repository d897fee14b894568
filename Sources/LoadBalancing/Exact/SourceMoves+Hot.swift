extension [Int] {
  /// Moves the greatest of these counts to others, one after another, the first among equals, until what has moved is
  /// enough or nothing is left; the last as far as there is room.
  ///
  /// Which are moved is found without moving them: by the least that are, which is searched by halves.
  ///
  /// - Parameters:
  ///   - others: that they are added to, one for each.
  ///   - enough: above 0.
  ///   - room: above 0.
  /// - Returns: what has moved.
  /// - Complexity: O(counts · log greatest).
  mutating func moveGreatest(to others: inout [Int], until enough: Int, atMost room: Int) -> Int {
    withUnsafeMutableBufferPointer { from in
      others.withUnsafeMutableBufferPointer { to in
        let wanted = Swift.min(enough, room)
        var (low, high) = (0, from.max() ?? 0)
        // In the end all above `low` are moved, and of those equal to it as many as are wanted.
        while low < high {
          let middle = (low + high + 1) / 2
          var sum = 0
          // All ones where the count is below the middle; a branch would be guessed wrong often.
          for count in from { sum &+= count & ~((count &- middle) &>> 63) }
          if sum >= wanted { low = middle } else { high = middle - 1 }
        }
        var moved = 0
        for index in from.indices {
          let count = from[index] & ((low &- from[index]) &>> 63)
          from[index] &-= count
          to[index] &+= count
          moved &+= count
        }
        for index in from.indices where low > 0 && from[index] == low && moved < wanted {
          let count = Swift.min(low, room - moved)
          from[index] -= count
          to[index] += count
          moved += count
        }
        return moved
      }
    }
  }
}
