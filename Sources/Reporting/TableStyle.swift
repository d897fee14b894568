import TextTable

/// Columns two spaces apart under a thin rule.
public enum HouseStyle: TextTableStyle {
  public static func prepare(_ text: String, for column: Column) -> String {
    guard let width = column.width else { return text }
    return text.pad(column.align, length: width)
  }

  public static func escape(_ text: String) -> String { text }
  public static func begin(_ table: inout String, index: Int, columns: [Column]) {}
  public static func end(_ table: inout String, index: Int, columns: [Column]) {}

  public static func header(_ table: inout String, index: Int, columns: [Column]) {
    addLine(columns.map { $0.headerString(for: self) }, to: &table)
    addLine(columns.map { $0.repeated("─") }, to: &table)
  }

  public static func row(_ table: inout String, index: Int, columns: [Column]) {
    addLine(columns.map { $0.string(for: self) }, to: &table)
  }

  private static func addLine(_ cells: [String], to table: inout String) {
    var line = cells.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    table += line + "\n"
  }
}
