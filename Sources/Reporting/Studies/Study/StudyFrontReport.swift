import Studies

/// What `study pareto` prints: the policies that none beats in time, memory and moves, machine by machine.
public struct StudyFrontReport: Report {
  let points: [StudyFront.Point]

  public init(_ front: StudyFront) { points = front.front }

  public var title: String { "Policies that none beats in time, memory and moves" }

  public var content: ReportContent { .list(points) }

  public var blocks: [ReportBlock] {
    let table = TextTable(
      labels: 4,
      columns: [
        .left("cluster"), .right("ranks"), .left("model"), .left("policy"), .right("settings"), .right("faster"),
        .right("replicas, GB per rank"), .right("moved, GB"),
      ],
      rows: points.map { point in
        [
          point.group.cluster, String(point.group.ranks), point.group.model, point.policy,
          Readable.count(point.settings), Readable.speed(point.improvement),
          Readable.significant(point.replicaBytesPerRank / 1e9), Readable.significant(point.movedBytes / 1e9),
        ]
      })
    return [
      .table(table), .line(),
      .paragraph(
        "Means over traces and seeds. Policies that look ahead, or could not be replayed in every setting of a machine, "
          + "are left out."),
    ]
  }

  public var records: Records {
    get throws { try Records(points.map { (["policy": $0.policy], $0) }) }
  }
}
