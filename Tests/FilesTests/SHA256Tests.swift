import Files
import Testing

@Suite struct SHA256Tests {
  /// Messages of FIPS 180-4's examples (NIST, "SHA-256 Examples") and their digests.
  @Test(arguments: [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ])
  func `the digest is the standard's`(message: String, repeats: Int, digest: String) {
    for usesInstructions in [true, false] {
      var hash = SHA256(usingInstructions: usesInstructions)
      hash.update(Array(String(repeating: message, count: repeats).utf8))
      #expect(hash.hexadecimal() == digest)
    }
  }

  @Test func `pieces of any size give the digest of the whole`() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var whole = SHA256(usingInstructions: false)
    whole.update(bytes)
    for size in 1...130 {
      var pieces = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        pieces.update(Array(bytes[start..<min(start + size, bytes.count)]))
      }
      #expect(pieces.hexadecimal() == whole.hexadecimal())
    }
  }
}
