/// Shades by how many times the mean a value is: five that neighbours can be told apart in.
package enum HeatScale {
  /// Where shades begin, after the first.
  package static let thresholds = [0.5, 0.8, 1.25, 2]
  /// Classes on the page, and what they stand for.
  package static let shades = [
    ("h0", "below 0.5"), ("h1", "0.5 to 0.8"), ("h2", "0.8 to 1.25"), ("h3", "1.25 to 2"),
    ("h4", "2 times the mean and more"),
  ]
  /// The shade of what is even, which pictures are filled with.
  package static let even = 2

  package static func shade(_ ratio: Double) -> Int { thresholds.count { $0 <= ratio } }
}

/// Whole numbers as text of a fixed width each: digits to base 90, the characters that need no escape in an attribute.
package enum CellCode {
  package static let alphabet: [UInt8] = (0x20...0x7E).filter { !"&<>\"'".utf8.contains($0) }

  package static func digits(for largest: Int) -> Int {
    var (digits, limit) = (1, alphabet.count)
    while limit <= largest { (digits, limit) = (digits + 1, limit * alphabet.count) }
    return digits
  }

  /// - Parameter values: none below 0.
  package static func text(_ values: some Sequence<Int>, digits: Int) -> String {
    var bytes: [UInt8] = []
    for value in values {
      var rest = value
      let end = bytes.count
      for _ in 0..<digits {
        bytes.insert(alphabet[rest % alphabet.count], at: end)
        rest /= alphabet.count
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  package static func values(_ text: String, digits: Int) -> [Int] {
    let bytes = Array(text.utf8)
    return stride(from: 0, to: bytes.count, by: digits).map { start in
      bytes[start..<min(start + digits, bytes.count)].reduce(0) { sum, byte in
        sum * alphabet.count + (alphabet.firstIndex(of: byte) ?? 0)
      }
    }
  }
}
