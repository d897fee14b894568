extension RadixSort {
  /// Leaves the sorted keys in `other`, which is as long.
  ///
  /// - Parameter shift: bits below the three digits.
  mutating func sort(_ keys: inout [Int], shift: Int) {
    starts.withUnsafeMutableBufferPointer { starts in
      starts.update(repeating: 0)
      keys.withUnsafeMutableBufferPointer { keys in
        other.withUnsafeMutableBufferPointer { other in
          for key in keys {
            for pass in 0..<3 { starts[pass * Self.digits + key &>> (shift + 8 * pass) & 0xFF] += 1 }
          }
          Self.pass(0, shift, from: keys, to: other, starts)
          Self.pass(1, shift, from: other, to: keys, starts)
          Self.pass(2, shift, from: keys, to: other, starts)
          Self.insert(other)
        }
      }
    }
  }

  @inline(__always)
  private static func pass(
    _ pass: Int, _ shift: Int, from: UnsafeMutableBufferPointer<Int>, to: UnsafeMutableBufferPointer<Int>,
    _ starts: UnsafeMutableBufferPointer<Int>
  ) {
    let base = pass * digits
    var next = 0
    for digit in base..<base + digits {
      let count = starts[digit]
      starts[digit] = next
      next += count
    }
    for key in from {
      let digit = base + key &>> (shift + 8 * pass) & 0xFF
      to[starts[digit]] = key
      starts[digit] += 1
    }
  }

  private static func insert(_ keys: UnsafeMutableBufferPointer<Int>) {
    for index in 1..<max(1, keys.count) {
      let key = keys[index]
      var place = index
      while place > 0, keys[place - 1] > key {
        keys[place] = keys[place - 1]
        place -= 1
      }
      keys[place] = key
    }
  }
}
