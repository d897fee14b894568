/// How many ranks each expert of a layer gets: by its load, but at least a minimum.
struct ResilientCopies {
  let load: [Double]
  /// `[experts]` by load, least first; equal loads by id.
  let ascending: [Int]
  /// `[experts]`, not falling along `ascending`; at most the ranks, and together all slots.
  let counts: [Int]

  /// - Parameters:
  ///   - load: `[experts]` tokens.
  ///   - shape: of no more slots on a rank than experts, and at least `minimum` slots for each.
  init(_ load: ArraySlice<Double>, shape: PlacementShape, minimum: Int) {
    let load = load.map { max(0, $0) }
    ascending = load.indices.sorted { (load[$0], $0) < (load[$1], $1) }
    var counts = Array(repeating: shape.ranks, count: load.count)
    var (rest, slots) = (ascending[...], shape.slots)
    while true {
      let shared = Self.counts(of: rest.map { load[$0] }, slots: slots, minimum: minimum)
      guard let most = shared.last, most > shape.ranks else {
        for (expert, count) in zip(rest, shared) { counts[expert] = count }
        break
      }
      rest.removeLast()
      slots -= shape.ranks
    }
    self.load = load
    self.counts = counts
  }

  /// The rule itself, without regard for how many ranks there are.
  ///
  /// - Parameter load: ascending.
  private static func counts(of load: [Double], slots: Int, minimum: Int) -> [Int] {
    var tails = load
    for index in load.indices.dropLast().reversed() { tails[index] += tails[index + 1] }
    var left = slots
    return load.indices.map { index in
      let isKnown = index < load.count - 1 && tails[index] > 0
      let part = isKnown ? Int(load[index] * Double(left) / tails[index]) : left / (load.count - index)
      let count = max(part, minimum)
      left -= count
      return count
    }
  }
}
