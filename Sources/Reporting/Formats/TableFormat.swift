extension ReportFormat {
  /// Lines and tables for a terminal, or for a file.
  public static let table = ReportFormat("table", "for people") { report, style in
    text(report.blocks, style)
  }

  static func text(_ blocks: [ReportBlock], _ style: ReportStyle) -> String {
    blocks.flatMap { $0.lines(style) }.map { $0 + "\n" }.joined()
  }
}
