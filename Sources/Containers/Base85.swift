/// Base 85 as Python's `base64.b85encode` writes it: the alphabet of RFC 1924, five digits for four bytes, big-endian.
package enum Base85 {
  private static let digits = Array(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~".utf8)

  private static let values: [UInt8] = {
    var values = [UInt8](repeating: .max, count: 256)
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  /// How many digits `count` bytes take: the last ones take one more than they are.
  package static func digits(forBytes count: Int) -> Int { count / 4 * 5 + (count % 4 == 0 ? 0 : count % 4 + 1) }

  /// The bytes, or nil for a character outside the alphabet, one digit too many, or five digits above 2³² − 1.
  package static func decode(_ text: String) -> [UInt8]? {
    var bytes = [UInt8]()
    bytes.reserveCapacity(text.utf8.count / 5 * 4 + 4)
    var (group, taken) = (UInt64(0), 0)
    for character in text.utf8 {
      let value = values[Int(character)]
      guard value < 85 else { return nil }
      group = group * 85 + UInt64(value)
      taken += 1
      guard taken == 5 else { continue }
      guard let word = UInt32(exactly: group) else { return nil }
      bytes += littleEndian(word.byteSwapped)
      (group, taken) = (0, 0)
    }
    guard taken > 0 else { return bytes }
    guard taken > 1 else { return nil }
    // What is missing counts as the largest digit, so that cutting off its bytes rounds down to those that were
    // written.
    for _ in taken..<5 { group = group * 85 + 84 }
    guard let word = UInt32(exactly: group) else { return nil }
    return bytes + littleEndian(word.byteSwapped).prefix(taken - 1)
  }
}
