import Yams

extension Settings {
  /// An element of a list: a single value, or keys with values of its own.
  public enum Entry {
    case value(String)
    case section(Settings)
  }

  /// The elements of a list; a single value or one mapping counts as a list of one.
  ///
  ///     policies:
  ///       - greedy
  ///       - {policy: eplb, grid: {window: [16, 64]}}
  ///
  /// - Throws: `InputError` with the line: the key is missing, its list empty, or an element a list.
  public func entries(_ key: String) throws(InputError) -> [Entry] {
    guard let node = node(key) else { throw missing(key) }
    let nodes = node.sequence.map(Array.init) ?? [node]
    guard !nodes.isEmpty else { throw error("an empty list", at: key) }
    var entries: [Entry] = []
    for (index, node) in nodes.enumerated() {
      if let mapping = node.mapping {
        let layer = Layer(fileName: fileName, line: node.mark?.line ?? line, mapping: mapping)
        let name = nodes.count == 1 ? key : "\(key)[\(index)]"
        entries.append(
          .section(Settings(layers: [layer], path: path.isEmpty ? name : "\(path).\(name)", newValues: nil)))
      } else if let scalar = node.scalar {
        entries.append(.value(scalar.string))
      } else {
        throw error("expected single values or mappings", at: key)
      }
    }
    return entries
  }

  /// The scalars of a list, or the only one; see `entries`.
  public func values(_ key: String) throws(InputError) -> [String] {
    try entries(key).map { entry throws(InputError) in
      guard case .value(let text) = entry else { throw error("expected single values", at: key) }
      return text
    }
  }
}
