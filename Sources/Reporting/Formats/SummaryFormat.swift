extension ReportFormat {
  /// The table without what is told row by row.
  public static let summary = ReportFormat("summary", "the table without its details") { report, style in
    text(report.blocks.filter { !$0.isDetail }, style)
  }
}
