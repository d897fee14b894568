import Diagnostics

/// HTML or SVG in which every value is escaped.
///
/// Names come from files that others wrote: what would act on the page or on a terminal is written out.
package struct Markup: Sendable {
  package private(set) var text = ""

  package init() {}

  /// Text between tags.
  package init(_ text: String) { self.text = Self.escaped(text) }

  package typealias Attributes = KeyValuePairs<StaticString, String?>

  /// An element with what is in it; attributes that are nil are left out.
  package static func element(
    _ name: StaticString, _ attributes: Attributes = [:], _ content: Markup? = nil
  ) -> Markup {
    var markup = Markup()
    markup.add(name, attributes, content)
    return markup
  }

  package mutating func add(_ name: StaticString, _ attributes: Attributes = [:], _ content: Markup? = nil) {
    text += "<\(name)"
    for (key, value) in attributes {
      if let value { text += " \(key)=\"\(Self.escaped(value))\"" }
    }
    if let content { text += ">\(content.text)</\(name)>" } else { text += "/>" }
  }

  package mutating func add(_ name: StaticString, _ attributes: Attributes = [:], text content: String) {
    add(name, attributes, Markup(content))
  }

  package static func += (left: inout Markup, right: Markup) { left.text += right.text }

  package static func + (left: Markup, right: Markup) -> Markup {
    var sum = left
    sum += right
    return sum
  }

  package static func escaped(_ text: String) -> String {
    let text = printable(text)
    guard text.utf8.contains(where: { "&<>\"'".utf8.contains($0) }) else { return text }
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  /// A place in a picture, to a tenth; not NaN.
  package static func place(_ value: Double) -> String {
    let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  /// Numbers as they are, for those who read the page's data.
  package static func numbers(_ values: some Sequence<Double>) -> String {
    values.map { $0 == $0.rounded() && abs($0) < 1e15 ? "\(Int($0))" : "\($0)" }.joined(separator: " ")
  }
}
