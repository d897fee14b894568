import Containers
import Diagnostics

/// The project's own plan: `{"version", "layers": [numbers], "slotsPerRank", "physicalToLogical": [[…]],
/// "share": [[…]]}`. Where layers differ in their slots, so do the rows, and `slotsPerRank` is `[layers]`.
///
/// When read, `layers` are 0, 1, … where they are missing, shares are equal, and the plan is for any number of ranks.
struct PlanJSON: PlanFormat {
  var mark: String { "physicalToLogical" }
  var allowsBudgets: Bool { true }

  func content(of plan: PlannedPlacement, path: String) throws(InputError) -> [UInt8] {
    let layers = plan.placement.layers
    let numbers = plan.layerNumbers.map(\.description).joined(separator: ",")
    let perRank = layers.map(\.slotsPerRank)
    let slotsPerRank = Set(perRank).count > 1 ? perRank.description : plan.placement.slotsPerRank.description
    let text = """
      {"version": "\(expertReplayVersion)", "layers": [\(numbers)], "slotsPerRank": \(slotsPerRank),
      "physicalToLogical": \(rows(layers.map(\.physicalToLogical))),
      "share": \(rows(layers.map(\.shares)))}

      """
    return Array(text.utf8)
  }

  func plan(in content: [UInt8]) throws(InputError) -> WrittenPlan {
    var scanner = JSONScanner(content, countsLines: true)
    var (map, numbers, slotsPerRank, shares) = ([[Int]](), [Int]?.none, [Int]?.none, [[Double]]?.none)
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "physicalToLogical": map = try scanner.integerRows()
      case "layers": numbers = try scanner.integers()
      case "slotsPerRank":
        slotsPerRank = scanner.peek() == UInt8(ascii: "[") ? try scanner.integers() : [try scanner.integer()]
      case "share": shares = try Self.shares(&scanner)
      default: try scanner.skipValue()
      }
    }
    return try WrittenPlan(
      rows: .numbered(numbers ?? Array(map.indices)), physicalToLogical: map, shares: shares,
      ranks: try slotsPerRank.map { slots throws(InputError) in try Self.ranks(slots, map) } ?? nil)
  }

  private static func shares(_ scanner: inout JSONScanner) throws(InputError) -> [[Double]] {
    var rows: [[Double]] = []
    try scanner.array { scanner throws(InputError) in
      var row: [Double] = []
      try scanner.array { scanner throws(InputError) in row.append(try scanner.number()) }
      rows.append(row)
    }
    return rows
  }

  /// The ranks over which every row has as many slots on each as the file says.
  ///
  /// - Parameter slotsPerRank: one number, or one for each row.
  private static func ranks(_ slotsPerRank: [Int], _ map: [[Int]]) throws(InputError) -> Int? {
    guard slotsPerRank.count == 1 || slotsPerRank.count == map.count else {
      throw InputError("\(slotsPerRank.count) slotsPerRank for \(map.count) rows")
    }
    var ranks: Int?
    for (row, experts) in map.enumerated() {
      let slots = slotsPerRank[slotsPerRank.count == 1 ? 0 : row]
      guard slots > 0, experts.count % slots == 0, ranks == nil || ranks == experts.count / slots else {
        let wanted = ranks.map { " on \($0) ranks, as in the rows before" } ?? ""
        throw InputError("row \(row): \(experts.count) slots, expected a multiple of slotsPerRank, \(slots)\(wanted)")
      }
      ranks = experts.count / slots
    }
    return ranks
  }
}
