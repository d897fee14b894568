import Studies

/// What `screen --speed` prints: the room that is enough, and what others come to.
public struct RoomReport: Report {
  let result: RoomResult

  public init(_ result: RoomResult) { self.result = result }

  public var title: String { "Room for experts: \(result.trace) on \(result.cluster), \(result.policy)" }

  public var content: ReportContent { .object(result) }

  public var blocks: [ReportBlock] {
    let machine = "\(Readable.count(result.ranks, "rank")) of \(result.cluster), model \(result.model)"
    let table = TextTable(
      style: .ruled,
      columns: ["Experts", "GB", "Of all %", "Hits %", "Step ms", "Speed %"].map(TextTable.Column.right),
      rows: result.rooms.map { room in
        [
          Readable.count(whole: Double(room.experts)), Readable.significant(room.bytes / 1e9),
          percent(room.bytes / result.all), percent(room.hitRate), Readable.significant(room.stepTime / 1e3),
          percent(room.speed),
        ]
      })
    return [
      .line("Trace    \(result.trace): \(Readable.count(result.steps, "step"))"), .line("Cluster  \(machine)"),
      .line("Cache    \(result.policy)"), .line(), .headline(answer), .line(), .table(table), .line(),
      .paragraph(remark),
    ]
  }

  private var answer: String {
    let wanted = Readable.percent(result.speed)
    let all = "\(Readable.significant(result.all / 1e9)) GB"
    guard let least = result.least else {
      return
        "No room that was tried keeps \(wanted) of the speed that a rank has with all of its experts at hand, \(all)."
    }
    return
      "\(Readable.significant(least.bytes / 1e9)) GB for experts on a rank keep \(wanted) of the speed that it has with "
      + "all of them at hand, \(all)."
  }

  private var remark: String {
    "Speed: a step's time with all experts at hand, \(Readable.time(result.stepTime)), over its time with room for some, "
      + "both over the second half of the steps"
      + (result.hasAttention ? "." : "; of MoE layers alone, without --context, which adds the others.")
  }

  private func percent(_ share: Double) -> String { Readable.number(share * 100, decimals: 1) }

  /// A row for each room.
  public var records: Records {
    Records(
      columns: ["experts", "bytes", "hitRate", "stepTime", "speed"],
      rows: result.rooms.map { ["\($0.experts)", "\($0.bytes)", "\($0.hitRate)", "\($0.stepTime)", "\($0.speed)"] })
  }
}
