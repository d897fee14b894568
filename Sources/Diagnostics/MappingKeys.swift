import Yams

/// Keys by their text. Yams' own subscripts find out by regular expressions what each key may be besides a text, for every
/// comparison, which took half of the time that a cluster's file takes to read.
extension Node.Mapping {
  func value(ofKey key: String) -> Node? { first { $0.key.scalar?.string == key }?.value }

  /// The same mapping but some keys.
  func without(_ keys: Set<String>) -> Node.Mapping {
    let kept = filter { pair in pair.key.scalar.map { !keys.contains($0.string) } ?? true }
    return Node.Mapping(kept.map { ($0.key, $0.value) }, tag, style, mark)
  }

  /// The same mapping with another value where the key is, or at the end.
  func with(_ value: Node, forKey key: String) -> Node.Mapping {
    var pairs = map { ($0.key, $0.value) }
    if let place = firstIndex(where: { $0.key.scalar?.string == key }) {
      pairs[place].1 = value
    } else {
      pairs.append((Node(key), value))
    }
    return Node.Mapping(pairs, tag, style, mark)
  }
}
