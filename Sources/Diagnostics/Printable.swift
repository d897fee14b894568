/// A text as a terminal or a line of a log can show it: characters that would move the cursor, colour what follows, ring,
/// begin a line or turn the direction of writing are written as `\u{1B}`.
///
/// Names come from files that others wrote.
public func printable(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: \.isUnprintable) else { return text }
  var shown = ""
  for scalar in text.unicodeScalars {
    if scalar.isUnprintable {
      shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    } else {
      shown.unicodeScalars.append(scalar)
    }
  }
  return shown
}

extension Unicode.Scalar {
  /// Control characters (C0, DEL, C1), line and paragraph separators, marks and overrides of direction, the byte-order mark
  /// and what is no character.
  package var isUnprintable: Bool {
    switch value {
    case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFF9...0xFFFB: true
    case 0xE0000...0xE007F: true
    default: value & 0xFFFE == 0xFFFE
    }
  }
}
