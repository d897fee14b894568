import Foundation
import Replay

/// One line per policy; the columns are the paths of the JSON object's keys, such as `time.dispatch`.
public func replayCSV(_ result: ReplayResult) throws -> String {
  let rows = try result.policies.map { try JSONDecoder().decode(JSONTree.self, from: JSONEncoder().encode($0)).leaves }
  let columns = Set(rows.flatMap(\.keys)).subtracting(["name"]).sorted()
  let lines = [["policy"] + columns] + rows.map { row in [row["name"] ?? ""] + columns.map { row[$0] ?? "" } }
  return lines.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
}

private func quoted(_ cell: String) -> String {
  cell.contains { $0 == "," || $0 == "\"" || $0.isNewline } ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
}

/// Any JSON; arrays, which do not fit a cell, are left out.
private enum JSONTree: Decodable {
  case leaf(String)
  case branch([String: JSONTree])
  case list

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
      self = .leaf(number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number))
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
