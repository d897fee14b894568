import Diagnostics

/// Names, one a line, each with what it is in a few words.
package enum NameList {
  /// - Parameters:
  ///   - names: in the order in which they are shown.
  ///   - style: lines that are wider than the terminal end in `…` there; names stand out where colours are understood.
  package static func text(_ names: [(name: String, summary: String)], style: ReportStyle = ReportStyle()) -> String {
    let names = names.map { (name: printable($0.name), summary: printable($0.summary)) }
    let widest = names.map(\.name.count).max() ?? 0
    return names.map { name, summary in
      let padding = String(repeating: " ", count: widest - name.count + 2)
      let line = fitted("\(name)\(padding)\(summary)", style.width).trimmingEnd()
      guard style.inColour else { return line + "\n" }
      return "\u{1B}[1m\(line.prefix(name.count))\u{1B}[0m\(line.dropFirst(name.count))\n"
    }.joined()
  }

  private static func fitted(_ line: String, _ width: Int?) -> String {
    guard let width, line.count > width else { return line }
    return line.prefix(max(0, width - 1)) + "…"
  }
}
