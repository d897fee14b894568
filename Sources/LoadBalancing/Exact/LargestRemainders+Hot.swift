extension LargestRemainders {
  /// Gives each part what it is due in whole visits, and leaves the keys of the remainders.
  mutating func dealWhole(_ due: [Int], sum: Int, ranks: [Int], into shares: inout [Int], from first: Int) {
    let sources = sources
    rests.withUnsafeBufferPointer { rests in
      left.withUnsafeMutableBufferPointer { left in
        keys.withUnsafeMutableBufferPointer { keys in
          shares.withUnsafeMutableBufferPointer { shares in
            for source in 0..<sources { left[source] = rests[source] }
            for (row, capacity) in due.enumerated() {
              let ratio = Double(capacity) / Double(sum)
              let tie = 0xFFFF &- ranks[row]
              for source in 0..<sources {
                let nearest = Self.nearest(Double(rests[source]) * ratio)
                let over = rests[source] &* capacity &- nearest &* sum
                // All ones where the nearest whole number was one too many.
                let less = over &>> 63
                shares[first &+ row &* sources &+ source] &+= nearest &+ less
                left[source] &-= nearest &+ less
                let key = (over &+ (sum & less)) &<< 16 | tie
                keys[row &* sources &+ source] = Double(bitPattern: UInt64(bitPattern: Int64(key)) | 0x1p52.bitPattern)
              }
            }
          }
        }
      }
    }
  }

  /// Rounded, of a number from 0 to 2⁵¹.
  @inline(__always)
  private static func nearest(_ number: Double) -> Int {
    Int(truncatingIfNeeded: (number + 0x1p52).bitPattern &- 0x1p52.bitPattern)
  }

  /// A visit more for the parts with the largest keys, as many as are left.
  mutating func dealRestToFew(_ parts: Int, into shares: inout [Int], from first: Int) {
    let sources = sources
    left.withUnsafeBufferPointer { left in
      keys.withUnsafeBufferPointer { keys in
        places.withUnsafeMutableBufferPointer { places in
          shares.withUnsafeMutableBufferPointer { shares in
            for row in 0..<parts {
              for other in row &+ 1..<parts {
                let (mine, its) = (row &* sources, other &* sources)
                for source in 0..<sources {
                  // All ones where the other comes first.
                  let later = keys[mine &+ source] < keys[its &+ source] ? -1 : 0
                  places[mine &+ source] &-= later
                  places[its &+ source] &+= 1 &+ later
                }
              }
            }
            for row in 0..<parts {
              for source in 0..<sources {
                let place = places[row &* sources &+ source] &- left[source]
                shares[first &+ row &* sources &+ source] &-= place &>> 63
              }
            }
          }
        }
      }
    }
  }

  /// The same by sorting.
  mutating func dealRestToMany(_ parts: Int, into shares: inout [Int], from first: Int) {
    let sources = sources
    withUnsafeTemporaryAllocation(of: Double.self, capacity: parts) { sorted in
      var sorted = sorted
      keys.withUnsafeBufferPointer { keys in
        shares.withUnsafeMutableBufferPointer { shares in
          for source in 0..<sources where left[source] > 0 {
            for row in 0..<parts { sorted[row] = keys[row &* sources &+ source] }
            sorted.sort()
            let least = sorted[parts &- left[source]]
            for row in 0..<parts where keys[row &* sources &+ source] >= least {
              shares[first &+ row &* sources &+ source] &+= 1
            }
          }
        }
      }
    }
  }
}
