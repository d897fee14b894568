import Containers
import Diagnostics
import Files
import Foundation
import Testing

/// Bytes in memory as an input.
final class MemoryInput: ByteInput {
  let name = "memory"
  private(set) var offset = 0
  private let bytes: [UInt8]
  /// Most bytes handed out at once, so that boundaries fall everywhere.
  private let stride: Int

  init(_ bytes: [UInt8], stride: Int = .max) {
    self.bytes = bytes
    self.stride = stride
  }

  func readPiece(atMost count: Int) -> [UInt8] {
    let piece = Array(bytes[offset...].prefix(min(stride, count)))
    offset += piece.count
    return piece
  }
}

@Suite struct GzipReaderTests {
  static let text = Array("what the router chose, token by token, layer by layer\n".utf8)

  static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var stored = [UInt8]()
    let writer = try GzipWriter { bytes throws(InputError) in stored += bytes }
    try writer.write(bytes)
    try writer.finish()
    return stored
  }

  static func inflate(_ bytes: [UInt8], stride: Int = .max) throws -> [UInt8] {
    let reader = try GzipReader(MemoryInput(bytes, stride: stride))
    var content = [UInt8]()
    while case let piece = try reader.read(count: 1000), !piece.isEmpty { content += piece }
    return content
  }

  @Test(arguments: [1, 7, 1000]) func `what was written is read back, in pieces of any size`(stride: Int) throws {
    let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    #expect(try Self.inflate(try Self.gzip(content), stride: stride) == content)
  }

  @Test func `several members are read as one content`() throws {
    let stored = try Self.gzip(Self.text) + Self.gzip([]) + Self.gzip(Self.text)
    #expect(try Self.inflate(stored) == Self.text + Self.text)
  }

  @Test func `a file cut anywhere is reported at its end`() throws {
    let stored = try Self.gzip(Self.text)
    for length in 0..<stored.count {
      let error = #expect(throws: InputError.self) { try Self.inflate(Array(stored[..<length])) }
      #expect(error?.place.byte == length)
    }
  }

  @Test func `a flipped bit is an error or leaves the content alone`() throws {
    let stored = try Self.gzip(Self.text)
    for bit in 0..<stored.count * 8 {
      var broken = stored
      broken[bit / 8] ^= 1 << (bit % 8)
      do {
        #expect(try Self.inflate(broken) == Self.text)
      } catch { #expect(error is InputError) }
    }
  }

  @Test func `trailing garbage is reported where it begins`() throws {
    let stored = try Self.gzip(Self.text)
    let error = #expect(throws: InputError.self) { try Self.inflate(stored + [0, 0, 0]) }
    #expect(error?.place.byte == stored.count)
  }
}
