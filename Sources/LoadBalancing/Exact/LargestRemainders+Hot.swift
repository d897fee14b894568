extension LargestRemainders {
  private typealias Lanes = SIMD4<Int32>
  /// Sources that are dealt at once.
  static let lanes = Lanes.scalarCount

  /// Takes what every source has, which stands in `counts` from `first` on.
  mutating func take(_ counts: [Int32], from first: Int) {
    precondition(first >= 0 && first + sources <= counts.count)
    let sources = sources
    counts.withUnsafeBufferPointer { counts in
      rests.withUnsafeMutableBufferPointer { rests in
        for source in 0..<sources { rests[source] = Int(counts[first &+ source]) }
      }
    }
  }

  /// Gives each part what it is due in whole visits, and leaves the remainders.
  mutating func dealWhole(_ due: [Int], sum: Int, into shares: inout [Int32], from first: Int) {
    let (sources, width) = (sources, width)
    rests.withUnsafeBufferPointer { rests in
      values.withUnsafeMutableBufferPointer { values in
        open.withUnsafeMutableBufferPointer { open in
          overs.withUnsafeMutableBufferPointer { overs in
            shares.withUnsafeMutableBufferPointer { shares in
              for source in 0..<width {
                open[source] = rests[source]
                values[source] = Double(rests[source])
              }
              for (row, capacity) in due.enumerated() {
                let ratio = Double(capacity) / Double(sum)
                for source in 0..<sources {
                  let nearest = Self.nearest(values[source] * ratio)
                  let over = Self.product(rests[source], capacity) &- Self.product(nearest, sum)
                  // All ones where the nearest whole number was one too many.
                  let less = over &>> 63
                  let whole = nearest &+ less
                  shares[first &+ row &* sources &+ source] &+= Int32(truncatingIfNeeded: whole)
                  open[source] &-= whole
                  overs[row &* width &+ source] = Int32(truncatingIfNeeded: over &+ (sum & less))
                }
              }
              for source in 0..<width { left[source] = Int32(truncatingIfNeeded: open[source]) }
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

  /// Of numbers from 0 to below 2³², which the vector instructions of every processor multiply.
  @inline(__always)
  private static func product(_ a: Int, _ b: Int) -> Int { (a & 0xFFFF_FFFF) &* (b & 0xFFFF_FFFF) }

  @inline(__always)
  private static func count(_ mask: SIMDMask<Lanes>, into counts: inout Lanes) {
    counts &-= Lanes.zero.replacing(with: -1, where: mask)
  }

  /// Puts a one in place of the remainders that are given a visit, by counting those that come first.
  mutating func chooseOfFew() {
    let width = width
    order.withUnsafeBufferPointer { order in
      left.withUnsafeBytes { left in
        overs.withUnsafeMutableBytes { overs in
          withUnsafeTemporaryAllocation(of: Lanes.self, capacity: order.count) { given in
            for source in stride(from: 0, to: width, by: Self.lanes) {
              func over(_ place: Int) -> Lanes {
                overs.loadUnaligned(fromByteOffset: 4 &* (order[place] &* width &+ source), as: Lanes.self)
              }
              let left = left.loadUnaligned(fromByteOffset: 4 &* source, as: Lanes.self)
              for place in order.indices {
                let mine = over(place)
                var before = Lanes.zero
                let same = mine &- 1
                for other in 0..<place { Self.count(over(other) .> same, into: &before) }
                for other in place &+ 1..<order.count { Self.count(over(other) .> mine, into: &before) }
                given[place] = Lanes.zero.replacing(with: 1, where: before .< left)
              }
              for place in order.indices {
                overs.storeBytes(
                  of: given[place], toByteOffset: 4 &* (order[place] &* width &+ source), as: Lanes.self)
              }
            }
          }
        }
      }
    }
  }

  /// The same by searching the least that is given one, bit by bit.
  mutating func chooseOfMany(sum: Int32) {
    let width = width
    order.withUnsafeBufferPointer { order in
      left.withUnsafeBytes { left in
        overs.withUnsafeMutableBytes { overs in
          for source in stride(from: 0, to: width, by: Self.lanes) {
            func over(_ row: Int) -> Lanes {
              overs.loadUnaligned(fromByteOffset: 4 &* (row &* width &+ source), as: Lanes.self)
            }
            var left = left.loadUnaligned(fromByteOffset: 4 &* source, as: Lanes.self)
            var least = Lanes.zero
            var bit = Int32(1) &<< (31 &- Int32((sum &- 1).leadingZeroBitCount))
            while bit > 0 {
              let higher = least | Lanes(repeating: bit)
              let below = higher &- 1
              var enough = Lanes.zero
              for row in order.indices { Self.count(over(row) .> below, into: &enough) }
              least.replace(with: higher, where: enough .>= left)
              bit &>>= 1
            }
            for row in order.indices { left &+= Lanes.zero.replacing(with: -1, where: over(row) .> least) }
            for row in order {
              let over = over(row)
              let isLast = (over .== least) .& (left .> 0)
              left &+= Lanes.zero.replacing(with: -1, where: isLast)
              let given = Lanes.zero.replacing(with: 1, where: isLast .| (over .> least))
              overs.storeBytes(of: given, toByteOffset: 4 &* (row &* width &+ source), as: Lanes.self)
            }
          }
        }
      }
    }
  }

  /// Gives a visit more where one was put in place of the remainder.
  mutating func dealRest(_ parts: Int, into shares: inout [Int32], from first: Int) {
    let (sources, width) = (sources, width)
    overs.withUnsafeBufferPointer { overs in
      shares.withUnsafeMutableBufferPointer { shares in
        for row in 0..<parts {
          for source in 0..<sources {
            shares[first &+ row &* sources &+ source] &+= overs[row &* width &+ source]
          }
        }
      }
    }
  }
}
