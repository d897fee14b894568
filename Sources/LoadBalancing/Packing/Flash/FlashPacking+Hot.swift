extension FlashPacking {
  /// Puts the copies on the ranks, experts as they are arranged; the score, or nil if some copy found no rank.
  mutating func fill(_ copies: [Int]) -> Double? {
    let (samples, order, ranks, slotsPerRank, lanes) = (samples, order, ranks, slotsPerRank, lanes)
    return numbers.withUnsafeMutableBufferPointer { numbers in
      places.withUnsafeMutableBufferPointer { places in
        slots.withUnsafeMutableBufferPointer { slots in
          samples.scatter.withUnsafeBufferPointer { ofExperts in
            guard let numbers = numbers.baseAddress, let places = places.baseAddress, let slots = slots.baseAddress,
              let ofExperts = ofExperts.baseAddress
            else { return nil }
            let filling = FlashRanks(
              samples: samples, ranks: ranks, slotsPerRank: slotsPerRank, ofExperts: ofExperts, means: numbers,
              deviations: numbers + lanes, offers: numbers + 2 * lanes, least: numbers + 3 * lanes,
              scatter: numbers + 4 * lanes, filled: places, candidates: places + lanes, slots: slots)
            return filling.fill(order.span, copies.span) ? filling.score : nil
          }
        }
      }
    }
  }
}
