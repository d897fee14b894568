import Yams

/// Values that take the place of a file's, as in `eplb:window=16,schedule.steps=16,planner.budget=per-layer`.
///
/// A key is a dotted path, or the last part of one if the file has it in one place only. One that the file does not have goes
/// to the section that knows it (`NewSettings`). A value is YAML, and may hold commas within brackets.
struct SettingOverrides {
  private let text: String
  private let pairs: [(key: String, value: Node)]
  private let fileName: String

  /// - Parameter text: what follows the colon.
  init(parsing text: String, name fileName: String) throws(InputError) {
    self.text = text
    self.fileName = fileName
    pairs = try Self.parts(of: text).map { part throws(InputError) in
      let equals = part.firstIndex(of: "=") ?? part.endIndex
      let key = part[..<equals].trimmingSpaces
      let value =
        equals < part.endIndex
        ? (try? Settings.node(parsing: String(part[part.index(after: equals)...]), name: fileName)) : nil
      guard !key.isEmpty, let value = value ?? nil else {
        throw InputError("'\(part)', expected key=value", in: fileName, status: .usage)
      }
      return (key, Self.unmarked(value))
    }
  }

  /// The value without the line that it had on the command line, so that errors name the line of its section.
  private static func unmarked(_ node: Node) -> Node {
    switch node {
    case .scalar(var scalar):
      scalar.mark = nil
      return .scalar(scalar)
    case .sequence(var sequence):
      sequence.mark = nil
      for index in sequence.indices { sequence[index] = unmarked(sequence[index]) }
      return .sequence(sequence)
    case .mapping(let mapping):
      return .mapping(Node.Mapping(mapping.map { ($0.key, unmarked($0.value)) }))
    case .alias: return node
    }
  }

  /// The parts between commas that are not within brackets.
  fileprivate static func parts(of text: String) -> [Substring] {
    var depth = 0
    return text.split(omittingEmptySubsequences: false) { character in
      if "{[".contains(character) { depth += 1 }
      if "}]".contains(character) { depth -= 1 }
      return character == "," && depth == 0
    }
  }

  /// `mapping` with the values in place, and its `name` extended by what was asked for.
  func applied(to mapping: Node.Mapping) throws(InputError) -> Node.Mapping {
    var root = mapping
    for (key, value) in pairs {
      guard let path = try fullPath(of: key, in: root) else { continue }
      guard let changed = Self.setting(path[...], to: value, in: root) else {
        throw InputError("\(key): a value on the way is no section", in: fileName, status: .usage)
      }
      root = changed
    }
    guard let name = root.value(ofKey: "name")?.scalar?.string else { return root }
    return root.with(Node("\(name):\(text)"), forKey: "name")
  }

  /// What was asked for without a path and is nowhere in the file.
  func values(forKeysNotIn mapping: Node.Mapping) -> [(key: String, value: Node)] {
    let known = Set(Self.paths(in: mapping).compactMap(\.last)).union(mapping.keys.compactMap(\.string))
    return pairs.filter { !$0.key.contains(".") && !known.contains($0.key) }
  }

  /// Nil for a key without a path that is nowhere in the file.
  private func fullPath(of key: String, in root: Node.Mapping) throws(InputError) -> [String]? {
    let path = key.split(separator: ".").map(String.init)
    guard path.count == 1, root.value(ofKey: key) == nil else { return path }
    let places = Self.paths(in: root).filter { $0.last == key }
    guard places.count > 1 else { return places.first }
    let names = places.map { $0.joined(separator: ".") }.joined(separator: ", ")
    throw InputError("\(key) is in several places: \(names)", in: fileName, status: .usage)
  }

  /// The path of every value that is no mapping.
  private static func paths(in mapping: Node.Mapping) -> [[String]] {
    mapping.flatMap { key, value -> [[String]] in
      guard let name = key.string else { return [] }
      guard let inner = value.mapping else { return [[name]] }
      return paths(in: inner).map { [name] + $0 }
    }
  }

  /// Sections that are missing on the way are made; nil if one is a single value.
  private static func setting(_ path: ArraySlice<String>, to value: Node, in mapping: Node.Mapping) -> Node.Mapping? {
    guard let key = path.first else { return nil }
    guard path.count > 1 else { return mapping.with(value, forKey: key) }
    let inner = mapping.value(ofKey: key).map(\.mapping) ?? Node.Mapping([])
    guard let inner, let changed = setting(path.dropFirst(), to: value, in: inner) else { return nil }
    return mapping.with(.mapping(changed), forKey: key)
  }
}

/// A preset's name and what was changed in it, as it is written after the colon: `eplb:window=16` is `eplb`, `window`, `16`.
package func changes(in name: String) -> (preset: String, changes: [(key: String, value: String)]) {
  guard let colon = name.firstIndex(of: ":") else { return (name, []) }
  let parts = SettingOverrides.parts(of: String(name[name.index(after: colon)...]))
  return (
    String(name[..<colon]),
    parts.map { part in
      let equals = part.firstIndex(of: "=") ?? part.endIndex
      return (part[..<equals].trimmingSpaces, part[equals...].dropFirst().trimmingSpaces)
    }
  )
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
