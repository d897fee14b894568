/// Chooses how many units each layer gets, at the least total cost within a budget.
struct SlotKnapsack {
  /// `[layers][units]` cost of a layer with that many units.
  let costs: [[Int]]

  /// `[layers]` units of each layer, `budget` in all at most, the fewest among equals.
  func choice(budget: Int) -> [Int] {
    // least[b] is the least cost of the layers so far within b units; chosen[layer][b] what the layer takes of them.
    var least = Array(repeating: 0, count: budget + 1)
    var chosen: [[Int]] = []
    for cost in costs {
      var next = least
      var taken = Array(repeating: 0, count: budget + 1)
      for room in 0...budget {
        next[room] = cost[0] + least[room]
        for units in 1..<max(1, min(cost.count, room + 1)) where cost[units] + least[room - units] < next[room] {
          next[room] = cost[units] + least[room - units]
          taken[room] = units
        }
      }
      least = next
      chosen.append(taken)
    }
    var room = least.firstIndex(of: least[budget]) ?? budget
    return chosen.reversed().map { taken in
      defer { room -= taken[room] }
      return taken[room]
    }.reversed()
  }
}
