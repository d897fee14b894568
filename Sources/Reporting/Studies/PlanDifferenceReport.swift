import Studies

/// What `plan --diff` prints: what must move from the plan in force to the new one.
public struct PlanDifferenceReport: Report {
  private struct Content: Encodable, Sendable {
    struct Layer: Encodable, Sendable {
      let layer: Int
      let experts: Int
      let bytes: Double?
    }

    let ranks: Int
    let experts: Int
    let bytes: Double?
    let mostPerRank: Int
    let time: Double?
    let perLayer: [Layer]
  }

  let difference: PlanDifference

  public init(_ difference: PlanDifference) { self.difference = difference }

  public var title: String { "Moves from the plan in force" }

  /// Bytes when the model is known, and microseconds when its cluster is.
  public var content: ReportContent {
    .object(
      Content(
        ranks: difference.ranks, experts: difference.experts, bytes: difference.bytes,
        mostPerRank: difference.mostPerRank, time: difference.time, perLayer: layers))
  }

  /// A row for each layer, then the whole.
  public var blocks: [ReportBlock] {
    let rows = difference.perLayer.map { [String($0.layer), String($0.experts), Self.bytes($0.bytes)] }
    let table = TextTable(
      columns: [.right("layer"), .right("experts moved"), .left("bytes")],
      rows: rows + [["all", String(difference.experts), Self.bytes(difference.bytes)]])
    var blocks: [ReportBlock] = [
      .table(table), .line(),
      .line("an expert is moved once for each rank that lacks it; at most \(difference.mostPerRank) to one rank"),
    ]
    if let time = difference.time {
      blocks.append(.line("\(Readable.time(time)) to move all at once over \(difference.ranks) ranks"))
    }
    return blocks
  }

  /// A row for each layer.
  public var records: Records {
    get throws { try Records(layers.map { (["layer": String($0.layer)], $0) }) }
  }

  private var layers: [Content.Layer] {
    difference.perLayer.map { Content.Layer(layer: $0.layer, experts: $0.experts, bytes: $0.bytes) }
  }

  private static func bytes(_ bytes: Double?) -> String { bytes.map(Readable.bytes) ?? "-" }
}
