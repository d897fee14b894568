import Studies

/// What `plan --diff` adds: what must move from the plan in force to the new one.
struct PlanDifferenceBlocks {
  private let difference: PlanDifference

  init(_ difference: PlanDifference) { self.difference = difference }

  /// A row for each layer, then the whole.
  var blocks: [ReportBlock] {
    let rows = difference.perLayer.map { [String($0.layer), String($0.experts), Self.bytes($0.bytes)] }
    let table = TextTable(
      columns: [.right("layer"), .right("experts moved"), .left("bytes")],
      rows: rows + [["all", String(difference.experts), Self.bytes(difference.bytes)]])
    var blocks: [ReportBlock] = [
      .line("Moves from the plan in force"), .line(), .table(table), .line(),
      .line("an expert is moved once for each rank that lacks it; at most \(difference.mostPerRank) to one rank"),
    ]
    if let time = difference.time {
      blocks.append(.line("\(Readable.time(time)) to move all at once over \(difference.ranks) ranks"))
    }
    return blocks
  }

  private static func bytes(_ bytes: Double?) -> String { bytes.map(Readable.bytes) ?? "-" }
}
