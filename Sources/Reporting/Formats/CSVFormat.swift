import Diagnostics

extension ReportFormat {
  /// A row for each thing that has figures, for spreadsheets.
  public static let csv = ReportFormat("csv", "figures for spreadsheets") { report, _ in
    let records = try report.records
    return ([records.columns] + records.rows).map { $0.map(csvCell).joined(separator: ",") + "\n" }.joined()
  }
}

/// A name that a spreadsheet would take for a formula gets a `'` before it, and what would act on a terminal is written
/// out; it stands in quotes where it holds a comma or one of these.
func csvCell(_ cell: String) -> String {
  let isFormula = cell.first.map { "=+-@\t\r".contains($0) } ?? false
  let cell = (isFormula && Double(cell) == nil ? "'" : "") + printable(cell)
  let needsQuotes = cell.contains { $0 == "," || $0 == "\"" || $0.isNewline }
  return needsQuotes ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
}
