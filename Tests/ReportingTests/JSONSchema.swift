import Foundation

/// A JSON schema of the few keywords that ours use; any other keyword is an error, so that none is passed over.
///
/// Stricter than the standard in one thing: a key that the schema does not describe is wrong.
struct JSONSchema {
  private indirect enum Node {
    case value(types: [String], choices: [String]?)
    case list(types: [String], items: JSONSchema)
    case object(properties: [String: JSONSchema], required: Set<String>)
    /// Keys that are data.
    case map(values: JSONSchema)
  }

  struct Mistake: Error, CustomStringConvertible { var description: String }

  private static let keywords: Set = [
    "$schema", "title", "description", "type", "properties", "required", "items", "enum",
    "additionalProperties",
  ]
  private let node: Node

  /// - Parameter folder: where schemas that `$ref` names are.
  init(_ data: Data, in folder: URL) throws {
    try self.init(try JSONSerialization.jsonObject(with: data), at: "", folder)
  }

  private init(_ json: Any, at path: String, _ folder: URL) throws {
    guard let json = json as? [String: Any] else { throw Mistake(description: "\(path): not an object") }
    if let file = json["$ref"] as? String, json.count == 1 {
      node = try JSONSchema(Data(contentsOf: folder.appendingPathComponent(file)), in: folder).node
      return
    }
    if let unknown = Set(json.keys).subtracting(Self.keywords).sorted().first {
      throw Mistake(description: "\(path): unknown keyword '\(unknown)'")
    }
    let types = (json["type"] as? [String]) ?? (json["type"] as? String).map { [$0] } ?? []
    if types.isEmpty { throw Mistake(description: "\(path): no type") }
    if types == ["object"], let values = json["additionalProperties"] {
      node = .map(values: try JSONSchema(values, at: "\(path).*", folder))
    } else if types == ["object"] {
      let properties = try (json["properties"] as? [String: Any] ?? [:]).map { key, value in
        (key, try JSONSchema(value, at: "\(path).\(key)", folder))
      }
      let required = Set(json["required"] as? [String] ?? [])
      node = .object(properties: Dictionary(uniqueKeysWithValues: properties), required: required)
    } else if types.contains("array") {
      guard let items = json["items"] else { throw Mistake(description: "\(path): no items") }
      node = .list(types: types, items: try JSONSchema(items, at: "\(path)[]", folder))
    } else {
      node = .value(types: types, choices: json["enum"] as? [String])
    }
  }

  /// Every key that the schema describes, by path.
  func paths(below path: String = "") -> Set<String> {
    switch node {
    case .value: []
    case .map(let values): values.paths(below: path + ".*")
    case .list(_, let items): items.paths(below: path + "[]")
    case .object(let properties, _):
      properties.reduce(into: []) { paths, property in
        paths.insert("\(path).\(property.key)")
        paths.formUnion(property.value.paths(below: "\(path).\(property.key)"))
      }
    }
  }

  /// What is wrong with `json`, a line for each; `seen` takes in the keys that it has.
  func mistakes(in json: Any, at path: String = "", seen: inout Set<String>) -> [String] {
    switch node {
    case .value(let types, let choices):
      if !types.contains(where: { Self.is(json, $0) }) { return ["\(path): \(json) is not \(types)"] }
      if let choices, !choices.contains(json as? String ?? "") { return ["\(path): \(json) is none of \(choices)"] }
      return []
    case .list(let types, let items):
      guard let list = json as? [Any] else {
        return types.contains { Self.is(json, $0) } ? [] : ["\(path): \(json) is not \(types)"]
      }
      return list.flatMap { items.mistakes(in: $0, at: path + "[]", seen: &seen) }
    case .map(let values):
      guard let object = json as? [String: Any] else { return ["\(path): \(json) is not an object"] }
      return object.sorted { $0.key < $1.key }.flatMap {
        values.mistakes(in: $0.value, at: "\(path).\($0.key)", seen: &seen)
      }
    case .object(let properties, let required):
      guard let object = json as? [String: Any] else { return ["\(path): \(json) is not an object"] }
      var mistakes = required.subtracting(object.keys).sorted().map { "\(path).\($0) is missing" }
      for (key, value) in object.sorted(by: { $0.key < $1.key }) {
        seen.insert("\(path).\(key)")
        guard let property = properties[key] else {
          mistakes.append("\(path).\(key) is not in the schema")
          continue
        }
        mistakes += property.mistakes(in: value, at: "\(path).\(key)", seen: &seen)
      }
      return mistakes
    }
  }

  private static func `is`(_ json: Any, _ type: String) -> Bool {
    switch type {
    case "string": json is String
    case "array": json is [Any]
    case "boolean": (json as? NSNumber).map(isBoolean) ?? false
    case "number": (json as? NSNumber).map { !isBoolean($0) } ?? false
    case "integer": (json as? NSNumber).map { !isBoolean($0) && $0.doubleValue == $0.doubleValue.rounded() } ?? false
    default: false
    }
  }

  private static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
