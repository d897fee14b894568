import Diagnostics

/// Short names for presets with changes, which say what tells each from the others: of `eplb:window=8,steps=8` and
/// `eplb:window=16,steps=8`, `window=8` and `window=16`; presets where these differ.
struct TellingNames {
  private let short: [String: String]

  init(_ names: some Collection<String>) {
    let parts = names.map { name in (name: name, changes(in: name)) }
    let presets = Set(parts.map(\.1.preset))
    // A change says nothing where all have it that are of presets with changes.
    let changed = parts.filter { !$0.1.changes.isEmpty }
    let common = changed.first.map { first in
      first.1.changes.filter { change in
        changed.count > 1 && changed.allSatisfy { other in other.1.changes.contains { $0 == change } }
      }
    }
    let labels = parts.map { name, parts in
      let told = parts.changes.filter { change in !(common ?? []).contains { $0 == change } }
        .map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
      guard presets.count > 1 || told.isEmpty else { return (name, told) }
      return (name, told.isEmpty ? parts.preset : "\(parts.preset): \(told)")
    }
    // Names that would look alike stay whole.
    let counts = Dictionary(labels.map { ($0.1, 1) }, uniquingKeysWith: +)
    short = Dictionary(labels.map { ($0.0, counts[$0.1] == 1 ? $0.1 : $0.0) }) { first, _ in first }
  }

  subscript(name: String) -> String { short[name] ?? name }
}
