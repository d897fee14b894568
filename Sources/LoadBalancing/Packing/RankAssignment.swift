/// The assignment of rows to columns with the least sum of costs, by shortest augmenting paths.
///
/// Among equally good ones it is that of scipy's `linear_sum_assignment`, which serving systems match ranks by: rows in
/// their order, columns that are free before those that are taken (Crouse, "On implementing 2D rectangular assignment
/// algorithms", 2016).
///
/// - Complexity: O(n³).
struct RankAssignment {
  private let size: Int
  private let costs: [Int]
  private var rowPotential: [Int]
  private var columnPotential: [Int]
  private var rowOfColumn: [Int]
  private var columnOfRow: [Int]

  /// - Parameter costs: `[size][size]`.
  /// - Returns: `[size]` the column of each row.
  static func columns(_ costs: [Int], size: Int) -> [Int] {
    var assignment = RankAssignment(costs, size: size)
    for row in 0..<size { assignment.assign(row) }
    return assignment.columnOfRow
  }

  private init(_ costs: [Int], size: Int) {
    self.size = size
    self.costs = costs
    rowPotential = Array(repeating: 0, count: size)
    columnPotential = rowPotential
    rowOfColumn = Array(repeating: -1, count: size)
    columnOfRow = rowOfColumn
  }

  private mutating func assign(_ first: Int) {
    var left = Array((0..<size).reversed())
    var distance = Array(repeating: Int.max, count: size)
    var previous = Array(repeating: -1, count: size)
    var rows = [first]
    var columns: [Int] = []
    var (row, shortest, sink) = (first, 0, -1)
    while sink < 0 {
      var nearest = 0
      for (place, column) in left.enumerated() {
        let path = shortest + costs[row * size + column] - rowPotential[row] - columnPotential[column]
        if path < distance[column] { (distance[column], previous[column]) = (path, row) }
        let best = place == 0 ? Int.max : distance[left[nearest]]
        if distance[column] < best || distance[column] == best && rowOfColumn[column] < 0 { nearest = place }
      }
      let column = left[nearest]
      shortest = distance[column]
      columns.append(column)
      left.swapAt(nearest, left.count - 1)
      left.removeLast()
      if rowOfColumn[column] < 0 {
        sink = column
      } else {
        row = rowOfColumn[column]
        rows.append(row)
      }
    }
    rowPotential[first] += shortest
    for row in rows.dropFirst() { rowPotential[row] += shortest - distance[columnOfRow[row]] }
    for column in columns { columnPotential[column] -= shortest - distance[column] }
    while true {
      let row = previous[sink]
      rowOfColumn[sink] = row
      swap(&columnOfRow[row], &sink)
      if row == first { return }
    }
  }
}

extension LayerPlacement {
  /// The same rows on the ranks of `old` with which they have most experts in common in all, and experts that stay in
  /// their slots.
  ///
  /// - Parameter old: with as many slots.
  func matched(to old: LayerPlacement) -> LayerPlacement {
    var costs = Array(repeating: 0, count: ranks * ranks)
    /// Of each rank of `old` the last row and expert that were counted there, so that two slots count once.
    var counted = Array(repeating: -1, count: ranks)
    for row in 0..<ranks {
      let own = experts(onRank: row)
      for place in own.indices where !own[..<place].contains(own[place]) {
        let key = row * experts + own[place]
        for slot in old.slots(ofExpert: own[place]) where counted[old.rank(ofSlot: slot)] != key {
          counted[old.rank(ofSlot: slot)] = key
          costs[old.rank(ofSlot: slot) * ranks + row] -= 1
        }
      }
    }
    let rows = RankAssignment.columns(costs, size: ranks)
    let map = rows.flatMap { experts(onRank: $0) }
    return LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: map).keepingSlots(of: old)
  }
}
