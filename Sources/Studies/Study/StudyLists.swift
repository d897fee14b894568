import Diagnostics
import Files
import Presets

/// The lists of a study's file, each without anything twice; empty where the file does not have one.
struct StudyLists {
  private let settings: Settings

  init(_ settings: Settings) { self.settings = settings }

  /// Files, patterns of files resolved.
  func traces() throws(InputError) -> [String] {
    guard settings.contains("traces") else { return [] }
    let patterns = try settings.values("traces")
    var files: [String] = []
    for pattern in patterns {
      do throws(InputError) {
        files += try paths(matching: pattern)
      } catch { throw settings.error("'\(pattern)': \(error.message)", at: "traces") }
    }
    return try distinct(files, "traces")
  }

  /// Names of presets, patterns and grids resolved: `eplb`, `systems/*`, `{policy: eplb, grid: {window: [16, 64]}}`.
  ///
  /// - Parameter entry: the key that names the preset where an element has more to say.
  func presets(_ key: String, entry: String, in catalog: Catalog) throws(InputError) -> [String] {
    guard settings.contains(key) else { return [] }
    var names: [String] = []
    for element in try settings.entries(key) {
      switch element {
      case .value(let name): names += try matches(of: name, in: catalog, key)
      case .section(let section):
        let name = try section.string(entry)
        let grid = try SettingGrid(section)
        try section.rejectUnknownKeys()
        names += try grid.names(of: name)
      }
    }
    return try distinct(names, key)
  }

  private func matches(of name: String, in catalog: Catalog, _ key: String) throws(InputError) -> [String] {
    guard name.contains("*"), !name.contains(":") else { return [name] }
    // A pattern without a shelf is of names without one.
    let found = catalog.names.filter { $0.contains("/") == name.contains("/") && isMatch($0, of: name) }
    guard !found.isEmpty else { throw settings.error("'\(name)' matches no name in \(catalog.folder)/", at: key) }
    return found
  }

  func numbers(_ key: String, in range: ClosedRange<Int>) throws(InputError) -> [Int] {
    guard settings.contains(key) else { return [] }
    let numbers = try settings.values(key).map { text throws(InputError) in
      guard let number = Int(text), range.contains(number) else {
        throw settings.error("'\(text)', expected \(range.lowerBound)…\(range.upperBound)", at: key)
      }
      return number
    }
    return try distinct(numbers, key)
  }

  func choices(_ key: String, of names: [String]) throws(InputError) -> [String] {
    guard settings.contains(key) else { return [] }
    let values = try settings.values(key)
    for value in values where !names.contains(value) {
      throw settings.error("unknown '\(value)'\(suggestion(for: value, in: names))", at: key)
    }
    return try distinct(values, key)
  }

  private func distinct<Value: Hashable>(_ values: [Value], _ key: String) throws(InputError) -> [Value] {
    if let value = values.firstRepeated { throw settings.error("'\(value)' is named twice", at: key) }
    return values
  }
}

extension Sequence where Element: Hashable {
  /// The first element that stands before it, too; nil where all differ.
  var firstRepeated: Element? {
    var seen: Set<Element> = []
    return first { !seen.insert($0).inserted }
  }
}
