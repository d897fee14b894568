extension ReportFormat {
  /// A row for each thing that has figures, for spreadsheets.
  public static let csv = ReportFormat("csv", "figures for spreadsheets") { report, _ in
    let records = try report.records
    return ([records.columns] + records.rows).map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func quoted(_ cell: String) -> String {
    cell.contains { $0 == "," || $0 == "\"" || $0.isNewline } ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
  }
}
