/// The tokens that the most loaded rank has at least, whatever the placement of `slots` slots, when an expert's
/// replicas take equal parts: what even dispatch cannot beat.
///
/// The least level L that passes all of these, each of which a placement within L has to pass:
/// - `RankLoadBound`, which holds for any shares;
/// - a slot shares its rank with slots per rank − 1 others, which have at least the lightest parts' sum λ; so an expert
///   with n tokens needs at least ⌈n / (L − λ)⌉ replicas, and the replicas fit the slots. Slots that are left over may
///   make light parts lighter, and λ is taken as if all of them went to each expert;
/// - of the slots with more than L / 2 no two share a rank, so that there are at most as many as ranks; splitting
///   experts below L / 2 takes slots, which are dealt where they help most, in parts if need be.
///
/// Whole tokens are divided into parts that differ by one at most.
///
/// - Complexity: O(experts + slots) when `RankLoadBound` passes, else times log tokens.
public struct EqualShareBound: Sendable {
  public let ranks: Int
  public let slots: Int

  public init(ranks: Int, slots: Int) {
    precondition(ranks > 0 && slots % ranks == 0)
    self.ranks = ranks
    self.slots = slots
  }

  /// - Parameters:
  ///   - tokens: `[experts]` tokens of each expert.
  ///   - isWhole: whether tokens are indivisible.
  ///   - freeShares: `RankLoadBound`'s bound of the same.
  public func bound(of tokens: [Double], isWhole: Bool, freeShares: Double) -> Double {
    guard freeShares > 0 else { return freeShares }
    let tokens = (isWhole ? WholeOrder(tokens)?.descending : nil) ?? tokens.sorted(by: >)
    if passes(tokens, freeShares, isWhole: isWhole) { return freeShares }
    var low = freeShares
    var high = tokens.reduce(0, +)
    let precision = isWhole ? 1 : 1e-9 * high
    while high - low > precision {
      let middle = isWhole ? ((low + high) / 2).rounded(.down) : (low + high) / 2
      if passes(tokens, middle, isWhole: isWhole) { high = middle } else { low = middle }
    }
    return isWhole ? high : low
  }

  /// Replicas that an expert needs so that a part has at most `room` tokens.
  private func replicas(_ tokens: Double, room: Double) -> Double {
    tokens <= room ? 1 : max(1, (tokens / room - 1e-12).rounded(.up))
  }

  /// False only if no placement keeps every rank within `level`.
  ///
  /// - Parameter tokens: descending, as below.
  private func passes(_ tokens: [Double], _ level: Double, isWhole: Bool) -> Bool {
    var lightest = 0.0
    var room = level
    var needed = 0.0
    while true {
      room = level - lightest
      guard room > 0 else { return false }
      let heavy = tokens.prefix { $0 > room }
      let count = heavy.reduce(Double(tokens.count)) { $0 + replicas($1, room: room) - 1 }
      guard count <= Double(slots) else { return false }
      // The same count is the same replicas of every expert: they only grow as room shrinks.
      if count <= needed { break }
      needed = count
      // Parts on the margin of rounding must not tip the balance.
      lightest =
        (1 - 1e-12)
        * lightestParts(
          light: tokens[heavy.endIndex...], heavy: heavy, room: room, spare: Double(slots) - needed, isWhole: isWhole)
    }
    return halvesFit(tokens, level, room: room, spare: Double(slots) - needed, isWhole: isWhole)
  }

  /// At most the sum of the slots per rank − 1 lightest parts.
  private func lightestParts(
    light: ArraySlice<Double>, heavy: ArraySlice<Double>, room: Double, spare: Double, isWhole: Bool
  ) -> Double {
    let places = slots / ranks - 1
    guard places > 0 else { return 0 }
    var lightest: [Double] = []
    lightest.reserveCapacity(places + 1)
    /// Whether there was room for one of the parts.
    func takeParts(of count: Double) -> Bool {
      let replicas = replicas(count, room: room) + spare
      if isWhole, lightest.count == places, count >= lightest[places - 1] * replicas { return false }
      let part = isWhole ? (count / replicas).rounded(.down) : count / replicas
      guard lightest.count < places || part < lightest[places - 1] else { return false }
      var copies = replicas
      while copies > 0, lightest.count < places || part < lightest[places - 1] {
        if lightest.count == places { lightest.removeLast() }
        var place = lightest.count
        while place > 0, lightest[place - 1] > part { place -= 1 }
        lightest.insert(part, at: place)
        copies -= 1
      }
      return true
    }
    // Light experts have one replica each, before spare ones: no later one has lighter parts.
    for count in light.reversed() where !takeParts(of: count) { break }
    for count in heavy { _ = takeParts(of: count) }
    return lightest.reduce(0, +)
  }

  /// Whether the slots to spare suffice to leave at most one slot above half the level on every rank.
  private func halvesFit(
    _ tokens: [Double], _ level: Double, room: Double, spare: Double, isWhole: Bool
  ) -> Bool {
    let half = isWhole ? (level / 2).rounded(.down) : level / 2 * (1 + 1e-9)
    var large: [(slots: Double, toSplit: Double)] = []
    var excess = -Double(ranks)
    for count in tokens.prefix(while: { $0 > half }) {
      let replicas = replicas(count, room: room)
      // Whole parts are at most `half` when the rounded-down ones are.
      let split = isWhole ? (count / (half + 1)).rounded(.down) + 1 : self.replicas(count, room: half)
      guard split > replicas else { continue }
      large.append((replicas, split - replicas))
      excess += replicas
    }
    guard excess > 0 else { return true }
    var cost = 0.0
    for expert in large.sorted(by: { $0.toSplit * $1.slots < $1.toSplit * $0.slots }) where excess > 0 {
      cost += expert.toSplit * min(1, excess / expert.slots)
      excess -= expert.slots
    }
    return cost <= spare * (1 + 1e-9)
  }
}
