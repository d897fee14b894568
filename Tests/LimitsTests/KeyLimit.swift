/// The range that a key's value has to be in, in one kind of file.
struct KeyLimit: Sendable {
  let kind: FileKind
  /// The file below Sources/ that reads it.
  let source: String
  /// The key and the sections that it is in, as errors name it.
  let path: String
  /// Which of several things with such a key it is of; empty where there is one.
  let thing: String
  /// Values in place of those of the kind's base; `$` stands where the key's does, `none` for a key that is
  /// left out, and `«x»` for as many x as the value says.
  let changes: [String: String]
  /// Both ends, as errors print them.
  let least: String
  let most: String
  /// Next to them, outside; nil where there is no such number.
  let below: String
  let above: String?
  /// What the ends are refused for where something else is narrower; nil where they are accepted.
  private(set) var refusals: (least: String?, most: String?) = (nil, nil)

  init(
    _ kind: FileKind, _ source: String, _ path: String, of thing: String = "", _ range: ClosedRange<Int>,
    _ changes: [String: String]
  ) {
    (self.kind, self.source, self.path, self.thing, self.changes) = (kind, source, path, thing, changes)
    (least, most) = ("\(range.lowerBound)", "\(range.upperBound)")
    below = "\(range.lowerBound - 1)"
    above = range.upperBound == .max ? nil : "\(range.upperBound + 1)"
  }

  init(
    _ kind: FileKind, _ source: String, _ path: String, of thing: String = "", in range: ClosedRange<Double>,
    _ changes: [String: String]
  ) {
    (self.kind, self.source, self.path, self.thing, self.changes) = (kind, source, path, thing, changes)
    (least, most) = (kind.number(range.lowerBound), kind.number(range.upperBound))
    (below, above) = ("\(range.lowerBound.nextDown)", "\(range.upperBound.nextUp)")
  }

  static let none = "~"

  func refusedAtLeast(_ reason: String) -> KeyLimit {
    var copy = self
    copy.refusals.least = reason
    return copy
  }

  func refusedAtMost(_ reason: String) -> KeyLimit {
    var copy = self
    copy.refusals.most = reason
    return copy
  }

  /// The key alone.
  var key: String { path.split(separator: ".").last.map(String.init) ?? path }

  /// The table's row of it.
  var row: (what: String, limit: String) {
    (thing.isEmpty ? "`\(path)`" : "`\(path)` of \(thing)", "\(least)…\(most)")
  }

  /// A file with this value, and the line on which it stands, from 1.
  func file(_ value: String) -> (text: String, line: Int) {
    let base = kind.base.map { ($0.key, changes[$0.key] ?? $0.value) }
    let more = changes.filter { key, _ in !kind.base.contains { $0.key == key } }.sorted { $0.key < $1.key }
    let pairs = (base + more.map { ($0.key, $0.value) }).filter { $0.1 != Self.none }
    let lines = pairs.map { kind.line($0.0, $0.1) }
    let place = lines.firstIndex { $0.contains("$") } ?? 0
    let text = (lines + kind.rest).joined(separator: "\n").replacing("$", with: value)
    // A list as long as the value says.
    let listed = text.replacing(#/«([^»]*)»/#) { match in
      Array(repeating: String(match.1), count: max(0, Int(value) ?? 0)).joined(separator: ", ")
    }
    return (listed + "\n", place + 1)
  }

  /// Of all kinds of files.
  static let all = ofPolicies + ofWorkloads + ofClusters + ofModels + ofStudies + ofTables + ofParameters
}
