import Diagnostics

extension ReportFormat {
  /// Single steps rank by rank, of a replay alone: `ReplayTimeline` writes them while they are replayed, and a report,
  /// which comes after, has none.
  public static let perfetto = ReportFormat(
    "perfetto", "a timeline of a few steps, for ui.perfetto.dev and chrome://tracing", needs: .steps
  ) { report, _ in
    throw InputError("a timeline is of steps while they are replayed: \(report.title) has none", status: .usage)
  }

  /// What `replay` takes.
  public static let ofReplay = Registry("format", (all + [.perfetto]).map { .init($0.name, $0.summary, $0) })
}
