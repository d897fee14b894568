/// FlashLB's search for the number of copies: experts in groups of descending risk, and group by group the number of
/// copies, of those near the greedy one, with which a placement of all experts scores best.
struct FlashTree {
  private let samples: FlashSamples
  private let depth: Int
  private let width: Int
  private var packing: FlashPacking
  /// The best placement so far, which the next group's search starts from.
  private var best: (copies: [Int], score: Double, slots: [Int])?

  /// - Parameters:
  ///   - depth: groups, at least 1.
  ///   - width: how far from the greedy number of copies to look.
  init(_ samples: FlashSamples, ranks: Int, slotsPerRank: Int, depth: Int, width: Int) {
    self.samples = samples
    self.depth = depth
    self.width = width
    packing = FlashPacking(samples, ranks: ranks, slotsPerRank: slotsPerRank)
  }

  /// - Parameter extra: copies beyond one of each expert.
  /// - Returns: `[ranks][slotsPerRank]` experts; nil where some copy had no rank left that lacks its expert.
  mutating func plan(extra: Int) -> [Int]? {
    let risks = samples.risks
    let order = risks.indices.sorted { (-risks[$0], $0) < (-risks[$1], $1) }
    let size = (order.count + depth - 1) / depth
    var copies = Array(repeating: 1, count: order.count)
    var left = extra
    var start = 0
    for _ in 0..<depth - 1 where left > 0 && start < order.count {
      let end = min(start + size, order.count)
      let group = grants(to: order[start..<end], left)
      let rest = grants(to: order[end...], left)
      let greedy = grants(to: order[start...], left)
      let members = Set(order[start..<end])
      let chosen = bestSplit(copies, group, rest, around: greedy.count { members.contains($0) }, of: left)
      for expert in group.prefix(chosen) { copies[expert] += 1 }
      left -= chosen
      start = end
    }
    for expert in grants(to: order[start...], left) { copies[expert] += 1 }
    if let best, best.copies == copies { return best.slots }
    return packing.pack(copies) == nil ? nil : packing.slots
  }

  /// How many of the copies go to the group: the greedy number, or of those next to it the first that scores better.
  private mutating func bestSplit(
    _ copies: [Int], _ group: [Int], _ rest: [Int], around greedy: Int, of left: Int
  ) -> Int {
    var found = (score: Double.infinity, split: greedy)
    for distance in 0...width {
      for split in distance == 0 ? [greedy] : [greedy - distance, greedy + distance] where 0...left ~= split {
        guard split <= group.count, left - split <= rest.count else { continue }
        var tried = copies
        for expert in group.prefix(split) { tried[expert] += 1 }
        for expert in rest.prefix(left - split) { tried[expert] += 1 }
        guard let score = score(of: tried), score < found.score else { continue }
        found = (score, split)
        if best?.copies != tried { best = (tried, score, packing.slots) }
      }
    }
    return found.split
  }

  /// Nil where some copy has no rank left.
  private mutating func score(of copies: [Int]) -> Double? {
    if let best, best.copies == copies { return best.score }
    return packing.pack(copies)
  }

  /// The experts that get the next `count` copies one by one: always the one with the most risk per copy, the lowest id
  /// among equals.
  ///
  /// - Parameter order: experts by descending risk, equal ones by ascending id.
  /// - Returns: as many as asked for; none for no experts.
  private func grants(to order: ArraySlice<Int>, _ count: Int) -> [Int] {
    var grants: [Int] = []
    grants.reserveCapacity(count)
    /// Experts that have more than one copy, their copies and the risk of each.
    var copied: [(expert: Int, copies: Int, risk: Double)] = []
    var next = order.startIndex
    while grants.count < count, !order.isEmpty {
      let hottest = copied.indices.max {
        (copied[$0].risk, -copied[$0].expert) < (copied[$1].risk, -copied[$1].expert)
      }
      if next < order.endIndex,
        hottest.map({ (copied[$0].risk, -copied[$0].expert) < (samples.risks[order[next]], -order[next]) }) ?? true
      {
        let expert = order[next]
        next += 1
        copied.append((expert, 2, samples.risks[expert] / 2))
        grants.append(expert)
      } else if let hottest {
        grants.append(copied[hottest].expert)
        copied[hottest].copies += 1
        copied[hottest].risk = samples.risks[copied[hottest].expert] / Double(copied[hottest].copies)
      }
    }
    return grants
  }
}
