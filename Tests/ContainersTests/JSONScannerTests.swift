import Containers
import Diagnostics
import Testing

/// What RFC 8259 calls JSON, and nothing else.
@Suite struct JSONScannerTests {
  private func number(_ text: String) throws -> Double {
    var scanner = JSONScanner(Array(text.utf8))
    let value = try scanner.number()
    try scanner.end()
    return value
  }

  private func integer(_ text: String) throws -> Int {
    var scanner = JSONScanner(Array(text.utf8))
    let value: Int = try scanner.integer()
    try scanner.end()
    return value
  }

  private func string(_ text: String) throws -> String {
    var scanner = JSONScanner(Array(text.utf8))
    let value = try scanner.string()
    try scanner.end()
    return value
  }

  @Test(arguments: [
    ("0", 0), ("-0", 0), ("7", 7), ("-12.5", -12.5), ("1e3", 1000), ("1E+3", 1000), ("25e-1", 2.5), ("0.5", 0.5),
    (" 10 ", 10), ("0e0", 0),
  ])
  func numbersAreRead(text: String, value: Double) throws { #expect(try number(text) == value) }

  @Test(arguments: [
    "007", "00", "-01", "+1", "1.", ".5", "-", "-.5", "1e", "1e+", "1.e3", "0x10", "1_000", "1..2", "1.2.3", "nan",
    "inf",
    "1e999", "--1", "01.5", "",
  ])
  func whatIsNoNumberIsRefused(text: String) {
    #expect(throws: InputError.self) { try number(text) }
    #expect(throws: InputError.self) { try integer(text) }
    var scanner = JSONScanner(Array("[\(text)]".utf8))
    if !text.isEmpty { #expect(throws: InputError.self) { try scanner.skipValue() } }
  }

  @Test(arguments: [("0", 0), ("-0", 0), ("10", 10), ("-7", -7), ("9223372036854775807", Int.max)])
  func wholeNumbersAreRead(text: String, value: Int) throws { #expect(try integer(text) == value) }

  @Test(arguments: ["1.0", "1e3", "9223372036854775808", "-9223372036854775809"])
  func otherNumbersAreNotWhole(text: String) { #expect(throws: InputError.self) { try integer(text) } }

  @Test(arguments: [
    (#""\ud83d\ude00""#, "😀"), (#""\u00e9\n\/""#, "é\n/"), (#""\uFFFD""#, "\u{FFFD}"), (#""""#, ""),
  ])
  func stringsAreRead(text: String, value: String) throws { #expect(try string(text) == value) }

  @Test(arguments: [
    #""\ud83d\t0041""#, #""\ud83d\u0041""#, #""\ud83d""#, #""\ude00""#, #""\ud83dx""#, #""\ud83d\ud83d""#, #""\u+123""#,
    #""\u-123""#, #""\u12""#, #""\x""#, "\"a\nb\"", "\"a",
  ])
  func whatIsNoStringIsRefused(text: String) { #expect(throws: InputError.self) { try string(text) } }
}
