import Containers
import Diagnostics
import Randomness
import Testing

/// What RFC 8259 calls JSON, and nothing else.
@Suite struct JSONScannerTests {
  private static func row(_ count: Int) -> String { "[\((1...count).map { "\($0)" }.joined(separator: ","))]" }

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

  @Test func `numbers are the nearest that there are`() throws {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<20_000 {
      let whole = String(generator.next() >> UInt64(generator.below(64)))
      let fraction = generator.below(2) == 0 ? "" : "." + String(generator.next() >> UInt64(generator.below(64)))
      let exponent = generator.below(2) == 0 ? "" : "e\(generator.below(60) - 30)"
      let text = (generator.below(2) == 0 ? "-" : "") + whole + fraction + exponent
      #expect(try number(text).bitPattern == Double(text)?.bitPattern, "\(text)")
    }
    for value in [Float(0.1), 1e-8, 0.999_999_94, 16_777_216, -0.0, 3.402_823_5e38] {
      #expect(try number(value.description) == Double(value.description))
    }
    #expect(try number("-0").sign == .minus)
  }

  @Test(arguments: [
    ("255", "255"), ("256", "column 3"), ("2550", "column 4"), ("-1", "column 2"), ("-0", "0"), ("00", "column 1"),
  ])
  func `a small number's limits are those of its type`(text: String, result: String) {
    var scanner = JSONScanner(Array(text.utf8))
    do {
      #expect(try "\(scanner.integer(UInt8.self))" == result)
    } catch { #expect(error.message.hasPrefix("\(result): "), "\(error)") }
  }

  @Test func `the least number of a type is read`() throws {
    var scanner = JSONScanner(Array("-128 -129".utf8))
    #expect(try scanner.integer(Int8.self) == -128)
    #expect(throws: InputError.self) { try scanner.integer(Int8.self) }
  }

  @Test(arguments: [
    "[1]", "[1,2]", "[0,65535]", " [1, 22, 333]", "[99,0]", "[]", "[01]", "[1,]", "[,1]", "[1 ,2]", "[1,  2]", "[-1]",
    "[1.0]", "[1e2]", "[100]", "[65536]", "[123456]", "[null]", "[1", "[1,", "[", "", "1", "[[1]]", "[1]]",
    JSONScannerTests.row(64), JSONScannerTests.row(65),
  ])
  func `a plain row is what an array of ids is`(text: String) {
    for limit in [100, 65_536] {
      let scanner = JSONScanner(Array(text.utf8))
      var (plain, general) = (scanner, scanner)
      var (row, ids): ([UInt16], [UInt16]) = ([7], [7])
      let isRead = plain.plainRow(below: limit, into: &row)
      let isArray =
        (try? general.array { scanner throws(InputError) in
          let id: Int = try scanner.integer()
          guard (0..<limit).contains(id) else { throw scanner.failure("too large") }
          ids.append(UInt16(id))
        }) != nil
      if isRead {
        #expect(isArray && row == ids)
        #expect(plain.failure("").message == general.failure("").message)
      } else {
        #expect(row == [7])
        // What was passed on may be read value by value, from where it began.
        var again = plain
        #expect((try? again.array { scanner throws(InputError) in try scanner.skipValue() }) != nil || !isArray)
      }
    }
  }

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
