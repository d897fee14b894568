extension KeyLimit {
  private static func grid(_ key: String, in range: ClosedRange<Double>, with others: String) -> KeyLimit {
    KeyLimit(
      .study, "Studies/Study/SettingGrid.swift", "policies.grid.window.\(key)", in: range,
      ["policies": "[{policy: eplb, grid: {window: {\(others)\(key): $}}}]"])
  }

  static let ofStudies: [KeyLimit] = [
    KeyLimit(.study, "Studies/Study/StudyFile.swift", "ranks", 1...4096, ["ranks": "[$]"]),
    KeyLimit(.study, "Studies/Study/StudyFile.swift", "seeds", 0...Int.max, ["seeds": "[$]"]),
    KeyLimit(.study, "Studies/Study/StudyOptions.swift", "options.repeat", 1...1_000_000, ["options": "{repeat: $}"]),
    KeyLimit(
      .study, "Studies/Study/StudyOptions.swift", "options.attentionTP", 1...4096, ["options": "{attentionTP: $}"]),
    KeyLimit(
      .study, "Studies/Study/StudyOptions.swift", "options.context", 1...100_000_000, ["options": "{context: $}"]),
    grid("from", in: -1e18...1e18, with: "to: 1e18, step: 1e18, "),
    grid("to", in: 1...1e18, with: "from: 1, step: 1e18, "),
    grid("step", in: -1e18...1e18, with: "from: 1, to: 10000, ").refusedAtLeast("is no step from"),
    KeyLimit(
      .study, "Studies/Study/SettingGrid.swift", "policies.grid.window.count", 2...10_000,
      ["policies": "[{policy: eplb, grid: {window: {from: 1, to: 1e9, count: $}}}]"]),
  ]

  static let ofTables: [KeyLimit] = [
    KeyLimit(.table, "Validation/Tables/FrontMatter.swift", "split", 1...1_000_000_000, ["split": "$"]),
    KeyLimit(.table, "Validation/Tables/FrontMatter.swift", "draws", 1...10_000, ["draws": "$"]),
  ]
}
