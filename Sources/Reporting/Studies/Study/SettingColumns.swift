import Studies

/// How settings are told apart in a table: a column for every axis in which they differ, the others in a line above.
struct SettingColumns {
  private let axes: [String]
  /// `Everywhere: model deepseek-v3, seed 0.`; nil where settings differ in everything.
  let common: String?

  init(_ settings: some Sequence<StudySetting>) {
    var values: [String: Set<String>] = [:]
    var names: [String] = []
    for setting in settings {
      if names.isEmpty { names = setting.values.map(\.key) }
      for (axis, value) in setting.values { values[axis, default: []].insert(value) }
    }
    axes = names.filter { (values[$0]?.count ?? 0) > 1 }
    let same = names.compactMap { axis -> String? in
      guard let only = values[axis], only.count == 1, let value = only.first, !value.isEmpty else { return nil }
      return "\(axis) \(value)"
    }
    common = same.isEmpty ? nil : "Everywhere: \(same.joined(separator: ", "))."
  }

  var columns: [TextTable.Column] { axes.map { $0 == "ranks" || $0 == "seed" ? .right($0) : .left($0) } }

  func cells(of setting: StudySetting) -> [String] {
    axes.map { axis in setting.values.first { $0.key == axis }?.value ?? "" }
  }
}

extension Finding {
  /// What the verdict is called in a table.
  var word: String { verdict.rawValue.replacing("-", with: " ") }
}
