import Containers
import Diagnostics
import Testing

@Suite struct GzipMemberTests {
  static let identifier: (UInt8, UInt8) = (0x45, 0x52)

  static func member(_ content: [UInt8], level: Int32 = 6) throws -> [UInt8] {
    try GzipMember.deflate(content, identifier: identifier, extra: [1, 2, 3], level: level)
  }

  @Test(arguments: [0, 1, 65_537]) func `a member inflates to what it was made of`(count: Int) throws {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let member = try Self.member(content)
    #expect(try GzipMember.inflate(member, at: 0, limit: 1 << 20) == content)
    #expect(try GzipReaderTests.inflate(member + member) == content + content)
  }

  @Test func `members in pieces inflate into an array that is used again`() throws {
    var room = [UInt8]()
    for count in [70_000, 0, 3, 100_000, 40] {
      let content = (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }
      let member = try Self.member(content)
      for size in [1, 7, 4096, member.count] {
        let pieces = stride(from: 0, to: member.count, by: size).map { member[$0..<min($0 + size, member.count)] }
        #expect(try GzipMember.inflate(pieces, at: 0, limit: 1 << 20, into: &room) == count)
        #expect(room.starts(with: content))
        var broken = pieces
        broken[broken.count - 1][member.count - 1] ^= 1
        #expect(throws: InputError.self) { try GzipMember.inflate(broken, at: 0, limit: 1 << 20, into: &room) }
        #expect(throws: InputError.self) {
          try GzipMember.inflate(pieces + [[0]], at: 0, limit: 1 << 20, into: &room)
        }
        #expect(throws: InputError.self) {
          try GzipMember.inflate(Array(pieces.dropLast()), at: 0, limit: 1 << 20, into: &room)
        }
      }
    }
  }

  @Test func `the extra field gives the stored length and the payload`() throws {
    let member = try Self.member([9, 9, 9])
    let extra = try #require(GzipMember.extra(Self.identifier, in: member[...]))
    #expect(Array(extra) == littleEndian(UInt32(member.count)) + [1, 2, 3])
    #expect(GzipMember.extra((0, 0), in: member[...]) == nil)
  }

  @Test func `a member cut anywhere is an error`() throws {
    let member = try Self.member(GzipReaderTests.text)
    for length in 0..<member.count {
      #expect(throws: InputError.self) { try GzipMember.inflate(Array(member[..<length]), at: 0, limit: 1 << 20) }
    }
  }

  @Test func `a flipped bit is an error or leaves the content alone`() throws {
    let member = try Self.member(GzipReaderTests.text)
    for bit in 0..<member.count * 8 {
      var broken = member
      broken[bit / 8] ^= 1 << (bit % 8)
      let content = try? GzipMember.inflate(broken, at: 0, limit: 1 << 20)
      #expect(content == nil || content == GzipReaderTests.text)
    }
  }

  @Test func `what follows a member is refused, though it ends as the member does`() throws {
    let member = try GzipMember.deflate(Array("routing".utf8), identifier: (0x45, 0x52), extra: [], level: 6)
    for rest in [Array(member.suffix(4)), Array(member.suffix(8)), [0], member] {
      #expect(throws: InputError.self) { try GzipMember.inflate(member + rest, at: 0, limit: 1 << 20) }
    }
  }

  @Test func `a member that inflates beyond the limit is refused before it is inflated`() throws {
    let bomb = try Self.member([UInt8](repeating: 0, count: 1 << 22))
    let error = #expect(throws: InputError.self) { try GzipMember.inflate(bomb, at: 77, limit: 1 << 20) }
    #expect(error?.place.byte == 77)
    #expect(error?.message.contains("limit") == true)
  }

  @Test func `a lie about the size is an error`() throws {
    var member = try Self.member(GzipReaderTests.text)
    member.replaceSubrange(member.count - 4..<member.count, with: littleEndian(UInt32(0xFFFF_FFF0)))
    #expect(throws: InputError.self) { try GzipMember.inflate(member, at: 0, limit: .max) }
  }

  @Test func `the limit is a hundred times the stored size and at least 32 MiB`() {
    #expect(inflateLimit(compressed: 0) == 32 << 20)
    #expect(inflateLimit(compressed: 1 << 20) == 100 << 20)
    #expect(inflateLimit(compressed: .max) == .max)
  }
}
