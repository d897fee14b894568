import Reporting

extension ReportFormat {
  /// Figures for a spreadsheet's clipboard.
  public static let tsv = ReportFormat("tsv", "figures to paste") { report, _ in
    let records = try report.records
    return ([records.columns] + records.rows).map { $0.joined(separator: "\t") + "\n" }.joined()
  }
}
