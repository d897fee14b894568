import Containers
import Diagnostics

/// A format that packs others: what is inside is changed and packed again with lengths and checksums that fit.
protocol MutatedContainer: Sendable {
  /// - Parameters:
  ///   - seed: chooses the part.
  ///   - mutate: changes a part.
  /// - Returns: nil for bytes that are not of this format.
  func mutated(_ bytes: [UInt8], seed: UInt32, _ mutate: ([UInt8]) -> [UInt8]) -> [UInt8]?
}

/// `.npz` and `.pt`: entries of a zip, stored.
struct ZipContainer: MutatedContainer {
  func mutated(_ bytes: [UInt8], seed: UInt32, _ mutate: ([UInt8]) -> [UInt8]) -> [UInt8]? {
    guard let zip = try? ZipArchive(bytes), !zip.entries.isEmpty else { return nil }
    var entries: [(name: String, content: [UInt8])] = []
    for entry in zip.entries.prefix(64) {
      guard let content = try? zip.content(of: entry) else { return nil }
      entries.append((entry.name, content))
    }
    // Half of all changes are of the first entry, which is a pickle or what else says what the others are.
    let place = seed & 16 == 0 ? 0 : Int(seed >> 5) % entries.count
    switch seed >> 16 & 15 {
    case 0: entries.remove(at: place)
    case 1: entries.append(entries[place])
    case 2: entries[place].name = String(decoding: mutate(Array(entries[place].name.utf8)), as: UTF8.self)
    default: entries[place].content = mutate(entries[place].content)
    }
    return storedZip(entries)
  }
}

/// `.gz`: one member.
struct GzipContainer: MutatedContainer {
  func mutated(_ bytes: [UInt8], seed: UInt32, _ mutate: ([UInt8]) -> [UInt8]) -> [UInt8]? {
    guard let content = try? GzipMember.inflate(bytes, at: 0, limit: 1 << 20) else { return nil }
    var packed: [UInt8] = []
    let writer = try? GzipWriter(level: 1) { packed += $0 }
    guard (try? writer?.write(mutate(content))) != nil, (try? writer?.finish()) != nil else { return nil }
    return packed
  }
}

/// `.moetrace`: members that say how long they are and which steps they hold.
struct NativeContainer: MutatedContainer {
  /// First step and steps, of a member's own field.
  private typealias Member = (extra: [UInt8], content: [UInt8])

  func mutated(_ bytes: [UInt8], seed: UInt32, _ mutate: ([UInt8]) -> [UInt8]) -> [UInt8]? {
    guard var members = Self.members(of: bytes), !members.isEmpty else { return nil }
    let place = Int(seed >> 5) % members.count
    switch seed >> 16 & 15 {
    case 0: members.remove(at: place)
    case 1: members.append(members[place])
    case 2: members[place].extra = Array(mutate(members[place].extra).prefix(12))
    default: members[place].content = mutate(members[place].content)
    }
    return members.reduce(into: []) { $0 += Self.packed($1) ?? [] }
  }

  private static func members(of bytes: [UInt8]) -> [Member]? {
    var (members, start) = ([Member](), 0)
    while start < bytes.count, members.count < 64 {
      guard let extra = GzipMember.extra((0x45, 0x52), in: bytes[start...].prefix(28)), extra.count == 16 else {
        return nil
      }
      let length = extra.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      guard length >= 18, start + length <= bytes.count,
        let content = try? GzipMember.inflate(Array(bytes[start..<start + length]), at: start, limit: 1 << 20)
      else { return nil }
      members.append((Array(extra.dropFirst(4)), content))
      start += length
    }
    return members
  }

  private static func packed(_ member: Member) -> [UInt8]? {
    let extra = member.extra + [UInt8](repeating: 0, count: 12 - member.extra.count)
    return try? GzipMember.deflate(member.content, identifier: (0x45, 0x52), extra: extra, level: 1)
  }
}
