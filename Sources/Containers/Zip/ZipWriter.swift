/// A zip file (PKWARE APPNOTE 6.3) whose entries are stored as they are, as `numpy.savez` writes it.
///
/// Times are the earliest that the format knows, so that the same content gives the same bytes.
///
/// - Precondition: less than 4 GiB, and fewer than 65,536 entries.
package func storedZip(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
  var (bytes, directory) = ([UInt8](), [UInt8]())
  let firstOfJanuary1980: UInt16 = 0x21
  for (name, content) in entries {
    let name = Array(name.utf8)
    let size = littleEndian(UInt32(content.count))
    // Version needed 2.0, no flags, stored, time, date, CRC, both sizes, length of the name, no extra field.
    let common =
      littleEndian(UInt16(20)) + [0, 0, 0, 0, 0, 0] + littleEndian(firstOfJanuary1980)
      + littleEndian(crc32(of: content))
      + size + size + littleEndian(UInt16(name.count)) + [0, 0]
    directory += [0x50, 0x4B, 1, 2, 20, 0] + common
    // No comment, first disk, no attributes, offset.
    directory += [UInt8](repeating: 0, count: 10) + littleEndian(UInt32(bytes.count)) + name
    bytes += [0x50, 0x4B, 3, 4] + common + name + content
  }
  let count = littleEndian(UInt16(entries.count))
  let end =
    [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + littleEndian(UInt32(directory.count))
    + littleEndian(UInt32(bytes.count)) + [0, 0]
  return bytes + directory + end
}
