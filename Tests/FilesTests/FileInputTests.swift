import Diagnostics
import Files
import Foundation
import Testing

@Suite final class FileInputTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("input-\(UUID())")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func file(_ bytes: [UInt8]) throws -> String {
    let url = folder.appendingPathComponent("\(UUID())")
    try Data(bytes).write(to: url)
    return url.path
  }

  private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 >> 8) } }

  /// What an observer was shown.
  private final class Observed: Sendable {
    let bytes = Guarded<[UInt8]>([])
  }

  @Test(arguments: [0, 1, 4095, 4096, 4097, 20_000, 300_000], [1, 4096, 1 << 14, 1 << 18])
  func `a file is read whole and in order, whatever its size and the pieces`(count: Int, piece: Int) throws {
    let bytes = Self.bytes(min(count, 1000 * piece))
    let path = try file(bytes)
    #expect(try readWhole(path) == bytes)
    let observed = Observed()
    let input = try FileInput(path: path, observer: { piece in observed.bytes.withLock { $0 += piece } }, piece: piece)
    let head = try Array(input.peek(10))
    #expect(try input.read(count: 5) == Array(bytes.prefix(5)) && head == Array(bytes.prefix(10)))
    #expect(try input.skip(3) == min(3, max(0, bytes.count - 5)))
    try input.drain()
    #expect(observed.bytes.withLock { $0 } == bytes)
    #expect(input.offset == bytes.count)
  }

  @Test(arguments: [1, 5000, 300_000], [4096, 1 << 14])
  func `what is looked at ahead is not taken, and pieces come as they were read`(count: Int, piece: Int) throws {
    let bytes = Self.bytes(count)
    let observed = Observed()
    let input = try FileInput(
      path: file(bytes), observer: { piece in observed.bytes.withLock { $0 += piece } }, piece: piece)
    var taken = [UInt8]()
    for length in [0, 3, 4095, 2, 9000, 1, 50_000] {
      for ahead in [1, 40, 9000] {
        #expect(Array(try input.peek(ahead)) == Array(bytes.dropFirst(taken.count).prefix(ahead)))
      }
      let pieces = try input.pieces(of: length)
      #expect(pieces.allSatisfy { !$0.isEmpty })
      taken += pieces.joined()
      #expect(input.offset == taken.count)
    }
    #expect(taken == Array(bytes.prefix(taken.count)) && taken.count == min(count, 63_101))
    #expect(try input.skip(10) == min(10, count - taken.count))
    #expect(try input.read(count: .max) == Array(bytes.dropFirst(taken.count + 10)))
    #expect(observed.bytes.withLock { $0 } == bytes)
  }

  @Test func `a file that has grown since it was opened is read to its end`() throws {
    let path = try file(Self.bytes(5000))
    let input = try FileInput(path: path)
    #expect(try input.read(count: 100).count == 100)
    try Data(Self.bytes(50_000)).write(to: URL(fileURLWithPath: path), options: [])
    #expect(try input.read(count: .max) == Array(Self.bytes(50_000).dropFirst(100)))
  }

  #if os(Linux)
    @Test func `a file that does not tell its size is read to its end`() throws {
      #expect(try readText("/proc/self/status").contains("VmPeak"))
      #expect(try readText("/proc/self/maps").utf8.count > 10_000)
    }
  #endif
}
