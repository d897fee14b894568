/// The ranks of `FlashPacking` on plain memory; its arrays are described there.
struct FlashRanks {
  /// A copy of an expert: its part of the mean load, of the deviation and of every sample.
  private struct Copy {
    let mean: Float
    let deviation: Float
    let part: Float
    /// What a product of scatters is worth in the variance.
    let doubled: Float
    let row: UnsafePointer<Float>
  }

  private typealias Four = SIMD4<Float>
  private typealias Eight = SIMD8<Float>

  let samples: FlashSamples
  let ranks: Int
  let slotsPerRank: Int
  let ofExperts: UnsafePointer<Float>
  let means: UnsafeMutablePointer<Float>
  let deviations: UnsafeMutablePointer<Float>
  let offers: UnsafeMutablePointer<Float>
  let least: UnsafeMutablePointer<Float>
  let scatter: UnsafeMutablePointer<Float>
  let filled: UnsafeMutablePointer<Int32>
  let candidates: UnsafeMutablePointer<Int32>
  let slots: UnsafeMutablePointer<Int>

  /// Puts every copy on the rank that is least at risk with it.
  ///
  /// - Parameters:
  ///   - order: experts as they are placed.
  ///   - copies: `[experts]`.
  /// - Returns: false if some copy found no rank.
  func fill(_ order: Span<Int>, _ copies: Span<Int>) -> Bool {
    for place in order.indices {
      let expert = order[place]
      let count = copies[expert]
      let part = 1 / Float(count)
      let copy = Copy(
        mean: Float(samples.means[expert]) * part, deviation: Float(samples.deviations[expert]) * part, part: part,
        doubled: 2 * part / Float(samples.freedom), row: ofExperts + expert * samples.padded)
      for _ in 0..<count {
        guard let rank = safest(for: copy) else { return false }
        put(copy, of: expert, on: rank)
        if count > 1 { offers[rank] = .infinity }
      }
      if count > 1 {
        for rank in 0..<ranks where filled[rank] < slotsPerRank { offers[rank] = means[rank] }
      }
    }
    return true
  }

  /// The rank that is least at risk with one copy more; the lowest among equals, nil if none can take it.
  ///
  /// A deviation with a copy more is at least the difference of both: ranks that this alone rules out are not looked at
  /// closely.
  private func safest(for copy: Copy) -> Int? {
    let quantile = Float(FlashSamples.quantile)
    var lowest = Eight(repeating: .infinity)
    for first in stride(from: 0, to: ranks, by: 8) {
      let spread = Self.load(deviations + first) - copy.deviation
      let apart = spread.replacing(with: -spread, where: spread .< 0)
      let bound = Self.load(offers + first) + quantile * apart
      UnsafeMutableRawPointer(least + first).storeBytes(of: bound, as: Eight.self)
      lowest.replace(with: bound, where: bound .< lowest)
    }
    let bound = Self.least(Self.least(lowest.lowHalf, lowest.highHalf))
    guard bound < .infinity else { return nil }
    var start = 0
    while least[start] != bound { start &+= 1 }
    let limit = risk(of: start, copy) + copy.mean * Self.precision
    // Bits of numbers that are not negative have the numbers' order, and whole numbers are compared without branches.
    let bits = limit.bitPattern &+ 1
    var count = 0
    for rank in 0..<ranks {
      candidates[count] = Int32(truncatingIfNeeded: rank)
      count &+= Int(truncatingIfNeeded: (least[rank].bitPattern &- bits) >> 31)
    }
    var safest = Int.max
    for place in 0..<count {
      let rank = Int(candidates[place])
      safest = min(safest, Int(risk(of: rank, copy).bitPattern) << 32 | rank)
    }
    return safest & 0xFFFF_FFFF
  }

  /// Of a rank with one copy more.
  @inline(__always)
  private func risk(of rank: Int, _ copy: Copy) -> Float {
    let product = product(rank, copy.row)
    let before = deviations[rank]
    let variance = before * before + copy.deviation * copy.deviation + copy.doubled * product
    return offers[rank] + Float(FlashSamples.quantile) * max(variance, 0).squareRoot()
  }

  /// Σ of the products of a rank's and an expert's scatter.
  @inline(__always)
  private func product(_ rank: Int, _ row: UnsafePointer<Float>) -> Float {
    let own = scatter + rank &* samples.padded
    var (even, odd) = (Eight(), Eight())
    var first = 0
    while first < samples.padded {
      even += Self.load(own + first) * Self.load(row + first)
      odd += Self.load(own + first + 8) * Self.load(row + first + 8)
      first &+= 16
    }
    return Self.sum(even + odd)
  }

  private func put(_ copy: Copy, of expert: Int, on rank: Int) {
    let own = scatter + rank &* samples.padded
    var squares = Eight()
    for first in stride(from: 0, to: samples.padded, by: 8) {
      let load = Self.load(own + first) + Self.load(copy.row + first) * copy.part
      UnsafeMutableRawPointer(own + first).storeBytes(of: load, as: Eight.self)
      squares += load * load
    }
    means[rank] += copy.mean
    deviations[rank] = (Self.sum(squares) / Float(samples.freedom)).squareRoot()
    slots[rank &* slotsPerRank &+ Int(filled[rank])] = expert
    filled[rank] &+= 1
    offers[rank] = filled[rank] < slotsPerRank ? means[rank] : .infinity
  }

  /// The hottest rank over the mean, on average over the samples.
  var score: Double {
    var sum = 0.0
    for first in stride(from: 0, to: samples.count, by: 8) {
      var hottest = Eight()
      for rank in 0..<ranks {
        let load = Self.load(scatter + rank &* samples.padded + first) + means[rank]
        hottest.replace(with: load, where: load .> hottest)
      }
      for sample in first..<min(first + 8, samples.count) {
        sum += FlashScore.ratio(hottest: Double(hottest[sample - first]), total: samples.totals[sample], ranks: ranks)
      }
    }
    return sum / Double(samples.count)
  }

  @inline(__always)
  private static func load(_ place: UnsafePointer<Float>) -> Eight {
    UnsafeRawPointer(place).loadUnaligned(as: Eight.self)
  }

  @inline(__always)
  private static func least(_ values: Four, _ others: Four) -> Four {
    values.replacing(with: others, where: others .< values)
  }

  @inline(__always)
  private static func least(_ values: Four) -> Float {
    min(min(values.x, values.y), min(values.z, values.w))
  }

  /// In halves, which is what processors add in one instruction.
  @inline(__always)
  private static func sum(_ values: Eight) -> Float {
    let four = values.lowHalf + values.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  /// Differences of risks that may be rounding alone, as a fraction of a copy's load.
  private static var precision: Float { 1e-4 }
}
