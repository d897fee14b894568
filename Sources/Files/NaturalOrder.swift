/// Whether a name comes before another as people count: `day2` before `day10`.
///
/// Digits in a row are compared as a number of any length, everything else byte by byte; names that differ in leading
/// zeros alone, the shorter first.
package func comesNaturally(_ name: String, before other: String) -> Bool {
  var (left, right) = (name.utf8[...], other.utf8[...])
  while let first = left.first, let second = right.first {
    if isDigit(first), isDigit(second) {
      let (number, against) = (digits(&left), digits(&right))
      if number.count != against.count { return number.count < against.count }
      if !number.elementsEqual(against) { return number.lexicographicallyPrecedes(against) }
      continue
    }
    if first != second { return first < second }
    (left, right) = (left.dropFirst(), right.dropFirst())
  }
  if left.isEmpty != right.isEmpty { return left.isEmpty }
  return (name.utf8.count, name) < (other.utf8.count, other)
}

/// Takes the digits that a text begins with, and gives them without leading zeros.
private func digits(_ text: inout Substring.UTF8View) -> Substring.UTF8View {
  let number = text.prefix(while: isDigit)
  text = text[number.endIndex...]
  return number.drop { $0 == UInt8(ascii: "0") }
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
