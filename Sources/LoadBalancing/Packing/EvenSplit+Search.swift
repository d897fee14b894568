extension EvenSplit {
  /// Lowers the hottest rank by one exchange or replacement of slots after another, each the one after which the ranks
  /// that it touches are lowest, until none helps, so many were made, or it is within 2⁻¹² of the mean.
  ///
  /// A replacement, which makes a replica and drops one, is sought only where no exchange helps.
  ///
  /// - Complexity: O(slots per rank · slots) for an exchange, O(slots per rank · slots · ranks) for a replacement.
  mutating func lowerHottest(moves: Int) {
    let goal = goal
    for _ in 0..<moves {
      guard let peak = rankLoads.max(), peak > goal, let hottest = rankLoads.firstIndex(of: peak) else { return }
      // What differs by rounding alone is no gain.
      let limit = peak * (1 - 1e-9)
      if let (slot, other) = bestExchange(hottest, peak, below: limit) {
        exchange(slot, other)
      } else if let (slot, expert) = bestReplacement(hottest, below: limit) {
        replace(slot, by: expert)
      } else {
        return
      }
    }
  }

  /// Tokens of the most loaded rank at which there is nothing left to gain.
  var goal: Double { rankLoads.reduce(0, +) / Double(ranks) * (1 + 0x1p-12) }

  /// Slots that a layer of so many may have exchanged or replaced at most.
  static func mostMoves(slots: Int) -> Int { 4 * slots }

  private func bestExchange(_ hottest: Int, _ peak: Double, below limit: Double) -> (Int, Int)? {
    var (best, chosen) = (limit, (Int, Int)?.none)
    for slot in slots(ofRank: hottest) {
      let part = parts[expertOfSlot[slot]]
      for rank in 0..<ranks where rank != hottest && rankLoads[rank] < best {
        for other in slots(ofRank: rank) {
          let difference = part - parts[expertOfSlot[other]]
          let after = max(peak - difference, rankLoads[rank] + difference)
          guard after < best, mayExchange(slot, other) else { continue }
          (best, chosen) = (after, (slot, other))
        }
      }
    }
    return chosen
  }

  /// One more replica for an expert of the hottest rank elsewhere, or another expert in a slot of the hottest rank.
  private func bestReplacement(_ hottest: Int, below limit: Double) -> (Int, Int)? {
    var (best, chosen) = (limit, (Int, Int)?.none)
    func consider(_ slot: Int, _ expert: Int) {
      guard mayReplace(slot, by: expert) else { return }
      let change = replacement(of: slot, by: expert)
      guard tokens(of: hottest, after: change) < best, let after = peak(after: change, below: best) else { return }
      (best, chosen) = (after, (slot, expert))
    }
    let own = slots(ofRank: hottest)
    for slot in expertOfSlot.indices where replicas[expertOfSlot[slot]] > 1 && !own.contains(slot) {
      for source in own where parts[expertOfSlot[source]] > 0 { consider(slot, expertOfSlot[source]) }
    }
    for slot in own where replicas[expertOfSlot[slot]] > 1 {
      for expert in 0..<experts { consider(slot, expert) }
    }
    return chosen
  }

  /// Leaves no expert twice on a rank: a slot that repeats one is exchanged with another rank's, or given to another
  /// expert, whichever leaves the ranks that it touches lowest.
  ///
  /// A rank that holds an expert twice lacks another one, since it has no more slots than there are experts; so this
  /// comes to an end.
  mutating func removeDoubles() {
    precondition(slotsPerRank <= experts)
    for slot in expertOfSlot.indices where isDouble(slot) {
      let (expert, rank) = (expertOfSlot[slot], rank(ofSlot: slot))
      var (best, partner, successor) = (Double.infinity, Int?.none, 0)
      for other in expertOfSlot.indices where self.rank(ofSlot: other) != rank {
        let second = expertOfSlot[other]
        guard !holds(expert, on: self.rank(ofSlot: other)), !holds(second, on: rank) else { continue }
        let difference = parts[expert] - parts[second]
        let after = max(rankLoads[rank] - difference, rankLoads[self.rank(ofSlot: other)] + difference)
        if after < best { (best, partner) = (after, other) }
      }
      for other in 0..<experts where !holds(other, on: rank) {
        guard let after = peak(after: replacement(of: slot, by: other), below: best) else { continue }
        (best, partner, successor) = (after, nil, other)
      }
      if let partner { exchange(slot, partner) } else { replace(slot, by: successor) }
    }
  }
}
