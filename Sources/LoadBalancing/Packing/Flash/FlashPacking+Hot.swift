extension FlashPacking {
  /// The rank that is least at risk with one copy more; the lowest among equals, nil if none can take it.
  ///
  /// A deviation with a copy more is at least the difference of both: ranks that this alone rules out are not looked at
  /// closely.
  func safest(for expert: Int, copies: Int) -> Int? {
    let deviation = samples.deviations[expert] / Double(copies)
    let share = samples.means[expert] / Double(copies)
    let doubled = 2 / (Double(copies) * samples.freedom)
    let count = samples.count
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: ranks) { least in
      means.withUnsafeBufferPointer { means in
        deviations.withUnsafeBufferPointer { deviations in
          scatter.withUnsafeBufferPointer { scatter in
            samples.scatter.withUnsafeBufferPointer { ofExperts in
              for rank in 0..<ranks {
                least[rank] = means[rank] + FlashSamples.quantile * abs(deviations[rank] - deviation)
              }
              var start = -1
              for rank in 0..<ranks {
                if filled[rank] == slotsPerRank || last[rank] == expert {
                  least[rank] = .infinity
                } else if start < 0 || least[rank] < least[start] {
                  start = rank
                }
              }
              guard start >= 0 else { return nil }
              func risk(_ rank: Int) -> Double {
                let product = Self.product(
                  scatter.baseAddress! + rank * count, ofExperts.baseAddress! + expert * count, count)
                let variance = deviations[rank] * deviations[rank] + deviation * deviation + doubled * product
                return means[rank] + FlashSamples.quantile * max(variance, 0).squareRoot()
              }
              var best = (risk: risk(start), rank: start)
              for rank in 0..<ranks where rank != start && least[rank] <= best.risk + share * Self.precision {
                let other = risk(rank)
                if other < best.risk || other == best.risk && rank < best.rank { best = (other, rank) }
              }
              return best.rank
            }
          }
        }
      }
    }
  }

  mutating func put(_ expert: Int, copies: Int, on rank: Int) {
    let count = samples.count
    let part = 1 / Double(copies)
    let ofExperts = samples.scatter
    let squares = scatter.withUnsafeMutableBufferPointer { scatter in
      ofExperts.withUnsafeBufferPointer { ofExperts in
        let (mine, its) = (scatter.baseAddress! + rank * count, ofExperts.baseAddress! + expert * count)
        for sample in 0..<count { mine[sample] += its[sample] * part }
        return Self.product(mine, mine, count)
      }
    }
    means[rank] += samples.means[expert] * part
    deviations[rank] = (squares / samples.freedom).squareRoot()
    slots[rank * slotsPerRank + filled[rank]] = expert
    filled[rank] += 1
    last[rank] = expert
  }

  /// The hottest rank over the mean, on average over the samples.
  var score: Double {
    let count = samples.count
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { hottest in
      hottest.initialize(repeating: 0)
      scatter.withUnsafeBufferPointer { scatter in
        for rank in 0..<ranks {
          let mean = means[rank]
          for sample in 0..<count {
            let load = mean + scatter[rank * count + sample]
            hottest[sample] = load > hottest[sample] ? load : hottest[sample]
          }
        }
      }
      var sum = 0.0
      for sample in 0..<count {
        sum += FlashScore.ratio(hottest: hottest[sample], total: samples.totals[sample], ranks: ranks)
      }
      return sum / Double(count)
    }
  }

  /// Σ a·b, in four sums side by side.
  private static func product(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
    var sums = SIMD4<Double>()
    var index = 0
    while index + 4 <= count {
      let left = SIMD4(a[index], a[index + 1], a[index + 2], a[index + 3])
      sums += left * SIMD4(b[index], b[index + 1], b[index + 2], b[index + 3])
      index += 4
    }
    var sum = sums.sum()
    while index < count {
      sum += a[index] * b[index]
      index += 1
    }
    return sum
  }

  /// Differences of risks that may be rounding alone, as a fraction of a copy's load.
  private static var precision: Double { 1e-9 }
}
