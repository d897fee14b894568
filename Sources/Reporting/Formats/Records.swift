import Foundation

/// Figures in rows and columns, as a spreadsheet takes them; a cell is empty where its figure does not apply.
public struct Records: Sendable {
  public var columns: [String]
  /// `[rows][columns]`.
  public var rows: [[String]]

  init(columns: [String], rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  /// A row for each value: its labels first, then everything in its JSON that is no list, by dotted paths.
  ///
  /// - Parameter rows: all with the same labels.
  init(_ rows: [(labels: KeyValuePairs<String, String>, value: any Encodable)]) throws {
    let labels = rows.first?.labels.map(\.key) ?? []
    let leaves = try rows.map { try JSONTree(of: $0.value).leaves }
    let paths = Set(leaves.flatMap(\.keys)).subtracting(labels).sorted()
    columns = labels + paths
    self.rows = zip(rows, leaves).map { row, leaves in row.labels.map(\.value) + paths.map { leaves[$0] ?? "" } }
  }

  /// A number as our JSON writes it.
  static func cell(_ number: Double?) -> String {
    guard let number else { return "" }
    return number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
  }
}

/// Any JSON; lists, which do not fit a cell, are left out.
private enum JSONTree: Decodable {
  case leaf(String)
  case branch([String: JSONTree])
  case list

  init(of value: any Encodable) throws {
    self = try JSONDecoder().decode(JSONTree.self, from: Data(jsonText(value).utf8))
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if (try? decoder.unkeyedContainer()) != nil {
      self = .list
      return
    }
    if let branch = try? container.decode([String: JSONTree].self) {
      self = .branch(branch)
    } else if let flag = try? container.decode(Bool.self) {
      self = .leaf(String(flag))
    } else if let number = try? container.decode(Double.self) {
      self = .leaf(Records.cell(number))
    } else {
      self = .leaf(try container.decode(String.self))
    }
  }

  /// Texts by dotted path.
  var leaves: [String: String] {
    guard case .branch(let children) = self else { return [:] }
    return children.reduce(into: [:]) { leaves, child in
      if case .leaf(let text) = child.value { leaves[child.key] = text }
      for (path, text) in child.value.leaves { leaves["\(child.key).\(path)"] = text }
    }
  }
}
