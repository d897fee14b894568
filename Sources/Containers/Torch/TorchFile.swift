import Diagnostics

/// A file that `torch.save` wrote: a zip of a pickle and the storages of its tensors.
package struct TorchFile {
  package let root: Pickled
  private let pickle: PickleReader
  private let zip: ZipArchive
  private let folder: String
  private let storages: ReadStorages

  /// Whether an archive has the pickle that `torch.save` writes, rather than the arrays that numpy does.
  package static func isPickle(_ zip: ZipArchive) -> Bool { pickle(in: zip) != nil }

  private static func pickle(in zip: ZipArchive) -> ZipArchive.Entry? {
    zip.entries.first { $0.name.hasSuffix("/data.pkl") || $0.name == "data.pkl" }
  }

  /// - Throws: `InputError`: the older form that is no zip, a pickle with more than plain values and tensors.
  package init(_ bytes: [UInt8]) throws(InputError) {
    guard ZipArchive.isZip(bytes) else {
      throw InputError("not a zip: files of torch before 1.6 are not read", at: .init(byte: 0))
    }
    let zip = try ZipArchive(bytes)
    guard let entry = Self.pickle(in: zip) else { throw InputError("no data.pkl in the archive") }
    let folder = String(entry.name.dropLast("data.pkl".count))
    if let order = zip.entries.first(where: { $0.name == folder + "byteorder" }) {
      guard String(decoding: try zip.content(of: order), as: UTF8.self) == "little" else {
        throw InputError("byte order is not little")
      }
    }
    guard entry.size <= 16 << 20 else { throw InputError("a pickle of \(entry.size) bytes, expected at most 16 MiB") }
    var reader = PickleReader(try zip.content(of: entry), stored: entry.compressedSize)
    root = try reader.read()
    pickle = reader
    self.zip = zip
    self.folder = folder
    storages = ReadStorages(stored: bytes.count)
  }

  /// The value of a key; nil if `value` is no dictionary or has no such key.
  package func member(_ key: String, of value: Pickled) -> Pickled? {
    guard case .dictionary(let index) = value else { return nil }
    return pickle.dictionaries[index].last { entry in
      if case .string(key) = entry.key { return true }
      return false
    }?.value
  }

  /// The items of a list; nil for anything else.
  package func items(of value: Pickled) -> [Pickled]? {
    guard case .list(let index) = value else { return nil }
    return pickle.lists[index]
  }

  /// The elements of a list of whole numbers, or of a tensor of one axis.
  ///
  /// - Throws: `InputError`: anything else.
  package func integerList(_ value: Pickled, named name: String) throws(InputError) -> [Int] {
    guard let items = items(of: value) else {
      let (shape, values) = try integers(value, named: name)
      guard shape.count == 1 else { throw InputError("'\(name)' of shape \(shape), expected one axis") }
      return values
    }
    var values = [Int]()
    values.reserveCapacity(items.count)
    for item in items {
      guard case .integer(let value) = item else { throw InputError("'\(name)' holds more than whole numbers") }
      values.append(value)
    }
    return values
  }

  /// The shape and elements of a tensor of whole numbers, in C order.
  ///
  /// - Throws: `InputError`: not a tensor, not whole numbers, or a view beyond its storage.
  package func integers(_ value: Pickled?, named name: String) throws(InputError) -> (shape: [Int], values: [Int]) {
    try elements(value, named: name) { $0 }
  }

  /// The same, each as a number of 0…`limit`.
  ///
  /// - Parameter minusOne: what −1 becomes; it is an error when nil.
  package func integers<Value: FixedWidthInteger>(
    _ value: Pickled?, named name: String, upTo limit: Value, minusOne: Value?
  ) throws(InputError) -> (shape: [Int], values: [Value]) {
    try elements(value, named: name) { number throws(InputError) in
      if let minusOne, number == -1 { return minusOne }
      guard let exact = Value(exactly: number), exact >= 0, exact <= limit else {
        throw InputError("'\(name)' holds \(number), expected \(minusOne == nil ? 0 : -1)…\(limit)")
      }
      return exact
    }
  }

  /// The elements of a tensor in C order, each made into another value when it is read.
  private func elements<Value>(
    _ value: Pickled?, named name: String, _ make: (Int) throws(InputError) -> Value
  ) throws(InputError) -> (shape: [Int], values: [Value]) {
    guard case .tensor(let index) = value else { throw InputError("'\(name)' is no tensor of whole numbers") }
    let tensor = pickle.tensors[index]
    guard
      let size = ["IntStorage": 4, "LongStorage": 8, "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1][
        tensor.storage.type]
    else { throw InputError("'\(name)' holds \(tensor.storage.type), expected whole numbers") }
    guard let entry = zip.entries.first(where: { $0.name == "\(folder)data/\(tensor.storage.key)" }) else {
      throw InputError("no storage '\(tensor.storage.key)' for '\(name)'")
    }
    guard Double(entry.size) == Double(tensor.storage.count) * Double(size) else {
      throw InputError("storage '\(entry.name)' has \(entry.size) bytes for \(tensor.storage.count) elements")
    }
    try checkBounds(tensor, named: name)
    if tensor.size.contains(0) { return (tensor.size, []) }
    let bytes = try storages.read(entry, of: zip, elements: tensor.size.reduce(1, *))
    let isSigned = tensor.storage.type != "ByteStorage"
    var values = [Value]()
    values.reserveCapacity(tensor.size.reduce(1, *))
    var coordinates = [Int](repeating: 0, count: tensor.size.count)
    while true {
      let element = tensor.offset + coordinates.indices.reduce(0) { $0 + coordinates[$1] * tensor.stride[$1] }
      values.append(try make(Self.integer(bytes, at: element * size, size: size, isSigned: isSigned)))
      guard let axis = coordinates.indices.last(where: { coordinates[$0] + 1 < tensor.size[$0] }) else { break }
      coordinates[axis] += 1
      for later in coordinates.indices where later > axis { coordinates[later] = 0 }
    }
    return (tensor.size, values)
  }

  /// Extents of a tensor without elements, which no storage bounds: callers multiply them and step through them.
  private static let maximumEmptyExtent = Double(1 << 20)

  private func checkBounds(_ tensor: PickledTensor, named name: String) throws(InputError) {
    // In Double, which no declared size overflows; real sizes are exact.
    var last = Double(tensor.offset)
    var (count, extent) = (1.0, 1.0)
    for (size, stride) in axes(of: tensor) {
      guard size >= 0, stride >= 0 else { throw InputError("'\(name)' has a negative size or stride") }
      last += Double(max(0, size - 1)) * Double(stride)
      count *= Double(size)
      extent *= Double(max(1, size))
    }
    guard tensor.offset >= 0, count == 0 || last < Double(tensor.storage.count), count <= Double(tensor.storage.count)
    else { throw InputError("'\(name)' of size \(tensor.size) lies beyond its storage") }
    guard count > 0 || extent <= Self.maximumEmptyExtent else {
      throw InputError("'\(name)' of size \(tensor.size) has no elements and extents beyond \(1 << 20)")
    }
  }

  private func axes(of tensor: PickledTensor) -> Zip2Sequence<[Int], [Int]> { Swift.zip(tensor.size, tensor.stride) }

  private static func integer(_ bytes: [UInt8], at start: Int, size: Int, isSigned: Bool) -> Int {
    var value = 0
    for byte in 0..<size { value |= Int(bytes[start + byte]) << (8 * byte) }
    let unused = Int.bitWidth - 8 * size
    return isSigned ? (value << unused) >> unused : value
  }
}

/// The storage that was read last, as tensors next to each other may view the same one, and how much was read in all:
/// many tensors may view one storage, so that a small file could be read for ever.
private final class ReadStorages {
  private var last: (name: String, bytes: [UInt8])?
  private var left: Int

  /// - Parameter stored: bytes of the file, which may be read a few times over.
  init(stored: Int) { left = (1 << 20) + 4 * stored }

  func read(_ entry: ZipArchive.Entry, of zip: ZipArchive, elements: Int) throws(InputError) -> [UInt8] {
    // A tensor costs something beside its elements.
    left -= elements + 64
    guard left >= 0 else { throw InputError("tensors that view the same storage '\(entry.name)' too often") }
    if let last, last.name == entry.name { return last.bytes }
    let bytes = try zip.content(of: entry)
    last = (entry.name, bytes)
    return bytes
  }
}
