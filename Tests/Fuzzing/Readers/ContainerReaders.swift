import Containers
import Diagnostics
import Files

extension FuzzedReader {
  /// Bytes ⇄ typed values.
  static let containerReaders = [
    FuzzedReader("gzip", in: GzipContainer()) { bytes in
      let reader = try GzipReader(BytesInput(bytes))
      let piece = choice([1, 7, 4096], for: bytes)
      var read = 0
      while read < 1 << 20 {
        let part = try reader.readPiece(atMost: piece)
        if part.isEmpty { break }
        read += part.count
      }
    },
    FuzzedReader("gzip-member", in: GzipContainer()) { bytes in
      _ = GzipMember.extra((0x45, 0x52), in: bytes[...])
      _ = try GzipMember.inflate(bytes, at: 0, limit: 1 << 20)
    },
    FuzzedReader("zip", in: ZipContainer()) { bytes in
      let zip = try ZipArchive(bytes)
      for entry in zip.entries.prefix(16) { _ = try zip.content(of: entry) }
    },
    FuzzedReader("npy") { bytes in try read(NumpyArray(bytes)) },
    FuzzedReader("npz", in: ZipContainer()) { bytes in
      let zip = try ZipArchive(bytes)
      for entry in zip.entries.prefix(16) { try read(NumpyArray(try zip.content(of: entry))) }
    },
    FuzzedReader("pt", in: ZipContainer()) { bytes in
      let file = try TorchFile(bytes)
      var items = [file.root]
      for key in ["records", "routed_experts", "topk_ids_of_layer", "logical_count", "x"] {
        if let member = file.member(key, of: file.root) { items.append(member) }
      }
      for item in items.flatMap({ [$0] + (file.items(of: $0) ?? []).prefix(8) }) {
        if case .tensor = item { _ = try file.integers(item, named: "x") }
        if case .list = item { _ = try? file.integerList(item, named: "x") }
      }
    },
    FuzzedReader("safetensors") { bytes in
      let file = try Safetensors(bytes)
      for entry in file.entries.prefix(64) { _ = try? file.counts(entry) }
    },
  ]

  private static func read(_ array: NumpyArray) throws {
    guard array.count <= 1 << 16 else { return }
    if array.count > 0 { _ = array.numbers(0..<array.count) }
    _ = try array.integers(upTo: UInt16.max, minusOne: UInt16.max)
  }
}

/// Bytes in memory, read as a file is.
private final class BytesInput: ByteInput {
  let name = "input"
  private(set) var offset = 0
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func readPiece(atMost count: Int) -> [UInt8] {
    let piece = Array(bytes[offset...].prefix(count))
    offset += piece.count
    return piece
  }
}
