import Containers
import Testing

@Suite struct Base85Tests {
  /// What Python's `base64.b85encode` writes of the bytes 251, 32, 69, …, each 37 more than the one before.
  @Test(arguments: [
    (0, ""),
    (1, "`v"),
    (2, "`yc"),
    (3, "`yfR"),
    (4, "`yfSX"),
    (5, "`yfSXj{"),
    (6, "`yfSXkF)"),
    (7, "`yfSXkF?n"),
    (8, "`yfSXkF?qT"),
    (9, "`yfSXkF?qTBL"),
  ])
  func `what Python writes is read`(count: Int, text: String) {
    #expect(Base85.decode(text) == (0..<count).map { UInt8(truncatingIfNeeded: 251 + 37 * $0) })
    #expect(Base85.digits(forBytes: count) == text.utf8.count)
  }

  @Test(arguments: ["0", "abcde0", "ab,de", "ab de", "\"", "~~~~~", "|NsC1", "ü"])
  func `other characters, a digit left over and groups above 2³² − 1 are refused`(text: String) {
    #expect(Base85.decode(text) == nil)
  }
}
