extension FlashPacking {
  /// The rank that is least at risk with one copy more; the lowest among equals, nil if none can take it.
  ///
  /// A deviation with a copy more is at least the difference of both: ranks that this alone rules out are not looked at
  /// closely.
  func safest(for expert: Int, copies: Int) -> Int? {
    let part = 1 / Float(copies)
    let deviation = Float(samples.deviations[expert]) * part
    let doubled = 2 * part / Float(samples.freedom)
    let slack = Float(samples.means[expert]) * part * Self.precision
    let padded = samples.padded
    let quantile = Float(FlashSamples.quantile)
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: offers.count) { least in
      offers.withUnsafeBufferPointer { offers in
        deviations.withUnsafeBufferPointer { deviations in
          scatter.withUnsafeBufferPointer { scatter in
            samples.scatter.withUnsafeBufferPointer { ofExperts in
              var lowest = Eight(repeating: .infinity)
              for first in stride(from: 0, to: offers.count, by: 8) {
                let spread = Self.load(deviations, first) - deviation
                let apart = spread.replacing(with: -spread, where: spread .< 0)
                let bound = Self.load(offers, first) + quantile * apart
                UnsafeMutableRawPointer(least.baseAddress! + first).storeBytes(of: bound, as: Eight.self)
                lowest.replace(with: bound, where: bound .< lowest)
              }
              let bound = Self.least(lowest)
              guard bound < .infinity else { return nil }
              let row = ofExperts.baseAddress! + expert * padded
              func risk(_ rank: Int) -> Float {
                let product = Self.product(scatter.baseAddress! + rank * padded, row, padded)
                let before = deviations[rank]
                let variance = before * before + deviation * deviation + doubled * product
                return offers[rank] + quantile * max(variance, 0).squareRoot()
              }
              var start = 0
              while least[start] != bound { start += 1 }
              var best = (risk: risk(start), rank: start)
              var limit = best.risk + slack
              for rank in 0..<ranks where least[rank] <= limit && rank != start {
                let other = risk(rank)
                if other < best.risk || other == best.risk && rank < best.rank {
                  best = (other, rank)
                  limit = other + slack
                }
              }
              return best.rank
            }
          }
        }
      }
    }
  }

  mutating func put(_ expert: Int, copies: Int, on rank: Int) {
    let padded = samples.padded
    let part = 1 / Float(copies)
    let squares = scatter.withUnsafeMutableBufferPointer { scatter in
      samples.scatter.withUnsafeBufferPointer { ofExperts in
        var sum = Eight()
        for first in stride(from: 0, to: padded, by: 8) {
          let place = UnsafeMutableRawPointer(scatter.baseAddress! + rank * padded + first)
          let load = place.loadUnaligned(as: Eight.self) + Self.load(ofExperts, expert * padded + first) * part
          place.storeBytes(of: load, as: Eight.self)
          sum += load * load
        }
        return Self.sum(sum)
      }
    }
    means[rank] += Float(samples.means[expert]) * part
    deviations[rank] = (squares / Float(samples.freedom)).squareRoot()
    slots[rank * slotsPerRank + filled[rank]] = expert
    filled[rank] += 1
    offers[rank] = filled[rank] < slotsPerRank ? means[rank] : .infinity
  }

  /// The hottest rank over the mean, on average over the samples.
  var score: Double {
    var sum = 0.0
    scatter.withUnsafeBufferPointer { scatter in
      for first in stride(from: 0, to: samples.count, by: 8) {
        var hottest = Eight()
        for rank in 0..<ranks {
          let load = Self.load(scatter, rank * samples.padded + first) + means[rank]
          hottest.replace(with: load, where: load .> hottest)
        }
        for sample in first..<min(first + 8, samples.count) {
          sum += FlashScore.ratio(
            hottest: Double(hottest[sample - first]), total: samples.totals[sample], ranks: ranks)
        }
      }
    }
    return sum / Double(samples.count)
  }

  private typealias Eight = SIMD8<Float>

  @inline(__always)
  private static func load(_ values: UnsafeBufferPointer<Float>, _ first: Int) -> Eight {
    UnsafeRawPointer(values.baseAddress! + first).loadUnaligned(as: Eight.self)
  }

  /// Σ a·b over `count`, a multiple of 16.
  @inline(__always)
  private static func product(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var (even, odd) = (Eight(), Eight())
    for first in stride(from: 0, to: count, by: 16) {
      let (left, right) = (UnsafeRawPointer(a + first), UnsafeRawPointer(b + first))
      even += left.loadUnaligned(as: Eight.self) * right.loadUnaligned(as: Eight.self)
      let offset = MemoryLayout<Eight>.size
      odd +=
        left.loadUnaligned(fromByteOffset: offset, as: Eight.self)
        * right.loadUnaligned(fromByteOffset: offset, as: Eight.self)
    }
    return sum(even + odd)
  }

  /// In halves, which is what processors add in one instruction.
  @inline(__always)
  private static func sum(_ values: Eight) -> Float {
    let four = values.lowHalf + values.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  @inline(__always)
  private static func least(_ values: Eight) -> Float {
    let four = values.lowHalf.replacing(with: values.highHalf, where: values.highHalf .< values.lowHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .< four.lowHalf)
    return min(two.x, two.y)
  }

  /// Differences of risks that may be rounding alone, as a fraction of a copy's load.
  private static var precision: Float { 1e-4 }
}
