import Yams

/// A line `key: value` of a YAML file, the value quoted where it would not read back as this text.
package func yamlLine(_ key: String, _ value: String) -> String {
  let needsEscapes = value.unicodeScalars.contains { $0.value < 0x20 || $0.isUnprintable }
  let scalar = Node.Scalar(value, Tag(.str), needsEscapes ? .doubleQuoted : .any)
  let node = Node.mapping(.init([(Node(key), .scalar(scalar))], .implicit, .block))
  // Text is all that a scalar of a mapping can be, so that there is nothing to go wrong.
  let text = (try? Yams.serialize(node: node, width: -1, allowUnicode: true)) ?? ""
  return String(text.dropLast(while: \.isNewline))
}

extension String {
  fileprivate func dropLast(while isPart: (Character) -> Bool) -> Substring {
    var text = self[...]
    while let last = text.last, isPart(last) { text.removeLast() }
    return text
  }
}
