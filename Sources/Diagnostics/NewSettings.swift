import Yams

/// Values of the command line for keys that a file does not have, given to the section whose reader asks for the key.
///
/// The reader of a file is the only one who knows which keys this kind of file may hold, so a key finds its place when it
/// is asked for: in one section, or the user has to give a path.
final class NewSettings {
  private let values: [(key: String, value: Node)]
  /// Paths of everything that was asked for.
  private var asked: Set<String> = []

  init(_ values: [(key: String, value: Node)]) { self.values = values }

  /// The value for `key` of the section at `path`, if there is one.
  func value(of key: String, at path: String) -> Node? {
    asked.insert(path.isEmpty ? key : "\(path).\(key)")
    return values.first { $0.key == key }?.value
  }

  /// - Throws: `InputError` (usage) for a key that nobody asked for, or that has a place in several sections.
  func rejectUnplaced(fileName: String) throws(InputError) {
    for (key, _) in values {
      let places = asked.filter { $0.split(separator: ".").last.map(String.init) == key }.sorted()
      if places.isEmpty {
        let closest = closestPath(to: key).map { "; did you mean '\($0)'?" } ?? "; known: \(known)"
        throw InputError("nothing is called '\(key)' here\(closest)", in: fileName, status: .usage)
      }
      if places.count > 1 {
        let names = places.joined(separator: ", ")
        throw InputError("\(key) has several places: \(names); give one of these", in: fileName, status: .usage)
      }
    }
  }

  private var known: String { asked.sorted().joined(separator: ", ") }

  /// The path whose last part is closest to `key`.
  private func closestPath(to key: String) -> String? {
    let names = asked.compactMap { $0.split(separator: ".").last.map(String.init) }
    guard let closest = closestName(to: key, in: names) else { return nil }
    return asked.filter { $0 == closest || $0.hasSuffix(".\(closest)") }.min()
  }
}
