extension String {
  /// The text in lines of at most `width` characters, broken at spaces, else after a comma or colon, else anywhere.
  ///
  /// A percent sign stays with its number.
  package func folded(to width: Int) -> [String] {
    var lines: [String] = []
    var rest = self[...]
    while rest.count > width {
      let window = rest.prefix(width + 1)
      let space = window.indices.last { window[$0] == " " && rest[index(after: $0)...].first != "%" }
      if let space, space > rest.startIndex {
        lines.append(String(rest[..<space]).trimmingEnd())
        rest = rest[index(after: space)...]
      } else {
        let fitting = rest.prefix(width)
        let mark = fitting.lastIndex { $0 == "," || $0 == ":" }
        let end = mark.map { index(after: $0) } ?? fitting.endIndex
        lines.append(String(rest[..<end]))
        rest = rest[end...]
      }
    }
    return lines + [String(rest)]
  }

  func trimmingEnd() -> String {
    guard let last = lastIndex(where: { $0 != " " }) else { return "" }
    return String(self[...last])
  }
}
