import Diagnostics

extension ReportFormat {
  /// A row for each thing that has figures, for spreadsheets.
  public static let csv = ReportFormat("csv", "figures for spreadsheets") { report, _ in
    let records = try report.records
    return ([records.columns] + records.rows).map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  /// A name that a spreadsheet would take for a formula gets a `'` before it, and what would act on a terminal is written
  /// out.
  private static func quoted(_ cell: String) -> String {
    let isFormula = cell.first.map { "=+-@\t\r".contains($0) } ?? false
    let cell = (isFormula && Double(cell) == nil ? "'" : "") + printable(cell)
    return quotedWhereNeeded(cell)
  }

  private static func quotedWhereNeeded(_ cell: String) -> String {
    cell.contains { $0 == "," || $0 == "\"" || $0.isNewline } ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
  }
}
